import { computed, signal } from '@angular/core';

import type { Api } from '@core/api';
import type { Post } from '@core/channels/channel';
import type { PostCounts } from '@core/frames';

import { PinnedPosts } from './pinned-posts';

export interface LogEvent {
  readonly type: string;
  readonly seq: number;
  readonly post: Post | null;
}

const PAGE = 20;
/** So many posts are kept; those at the other end are let go and asked for again. */
export const MOST = 120;
const LOG_PAGE = 200;
/** What happened while one was away longer than this is not replayed: the newest posts are shown instead. */
const LONGEST_REPLAY = 1_000;

/**
 * A stretch of a channel's posts, as far as somebody scrolled, kept as the channel's log has them. A number
 * that is not the next one makes it ask for the entries in between, so nothing is missed.
 */
export class PostLog {
  private readonly stretch = signal<readonly Post[]>([]);
  private readonly older = signal(false);
  private readonly newer = signal(false);
  private head = 0;
  private catching: Promise<void> | null = null;

  readonly posts = computed(() => this.stretch().filter((each) => !each.deleted));
  readonly hasOlder = this.older.asReadonly();
  readonly hasNewer = this.newer.asReadonly();
  /** Posts that were published since, below what is shown. */
  readonly below = signal(0);
  readonly pinned: PinnedPosts;

  constructor(
    private readonly api: Api,
    readonly channelId: string,
  ) {
    this.pinned = new PinnedPosts(api, channelId);
  }

  /** Shows the newest posts. `head` is the number of the log's last entry before this was asked. */
  async openEnd(head: number): Promise<void> {
    const page = await this.page({ limit: PAGE });
    this.begin(head, page.items);
    this.older.set(page.next !== null);
    this.newer.set(false);
  }

  /** Shows the posts around an entry of the log, such as the first that one has not read. */
  async openAround(seq: number, head: number): Promise<void> {
    const [before, after] = await Promise.all([
      this.page({ limit: PAGE, before_seq: seq }),
      this.page({ limit: PAGE, after_seq: seq - 1 }),
    ]);
    this.begin(head, [...before.items, ...after.items]);
    this.older.set(before.next !== null);
    this.newer.set(after.next !== null);
  }

  async showOlder(): Promise<void> {
    const first = this.stretch()[0];
    if (!first || !this.older()) return;
    const page = await this.page({ limit: PAGE, before_seq: first.seq });
    this.older.set(page.next !== null);
    const all = joined(this.stretch(), page.items);
    if (all.length > MOST) this.newer.set(true);
    this.stretch.set(all.slice(0, MOST));
  }

  async showNewer(): Promise<void> {
    const last = this.stretch().at(-1);
    if (!last || !this.newer()) return;
    const page = await this.page({ limit: PAGE, after_seq: last.seq });
    this.newer.set(page.next !== null);
    if (!this.newer()) this.below.set(0);
    const all = joined(this.stretch(), page.items);
    if (all.length > MOST) this.older.set(true);
    this.stretch.set(all.slice(-MOST));
  }

  /** Takes in an entry of the log. */
  async hear(event: LogEvent): Promise<void> {
    if (event.seq <= this.head) return;
    if (event.seq > this.head + 1) return this.catchUp();
    this.apply(event);
  }

  /** Asks for what was missed; at reconnection, and for channels that one does not follow. */
  catchUp(): Promise<void> {
    this.catching ??= this.replay().finally(() => (this.catching = null));
    return this.catching;
  }

  /** Takes a post over as a call answered it. */
  put(post: Post): void {
    this.pinned.take(post);
    this.stretch.update((posts) => posts.map((each) => (each.id === post.id ? post : each)));
  }

  /** Takes in one's own new post; the frame that tells of it changes nothing then. */
  add(post: Post): void {
    if (!this.newer()) this.stretch.update((posts) => joined(posts, [post]).slice(-MOST));
  }

  /** Takes over what was counted. */
  count(counts: readonly PostCounts[]): void {
    const byId = new Map(counts.map((each) => [each.id, each]));
    this.stretch.update((posts) => posts.map((each) => withCounts(each, byId.get(each.id))));
  }

  remove(id: string): void {
    this.pinned.remove(id);
    this.stretch.update((posts) => posts.filter((each) => each.id !== id));
  }

  /** Asks again for the posts from one to another: views and reactions are no entries of the log. */
  async refresh(from: number, to: number): Promise<void> {
    const page = await this.page({ limit: 100, before_seq: to + 1 });
    const fresh = new Map(page.items.filter((each) => each.seq >= from).map((each) => [each.id, each]));
    this.stretch.update((posts) => posts.map((each) => fresh.get(each.id) ?? each));
  }

  private begin(head: number, posts: readonly Post[]): void {
    this.head = head;
    this.below.set(0);
    this.stretch.set(joined([], posts));
  }

  private async replay(): Promise<void> {
    for (let seen = 0; ; ) {
      const query = { after_seq: this.head, limit: LOG_PAGE };
      const params = { path: { channel_id: this.channelId }, query };
      const log = await this.api.ask((http) => http.GET('/v1/channels/{channel_id}/log', { params }));
      if (log.seq - this.head > LONGEST_REPLAY) return Promise.all([this.openEnd(log.seq), this.pinned.load()]).then(() => undefined);
      for (const each of log.items) if (each.seq > this.head) this.apply(each);
      seen += log.items.length;
      if (!log.more || seen === 0) return;
    }
  }

  private apply({ type, seq, post }: LogEvent): void {
    this.head = seq;
    if (!post) return;
    if (type !== 'post.published') return this.put(this.withOwn(post));
    if (this.newer()) return this.below.update((count) => count + 1);
    this.stretch.update((posts) => joined(posts, [this.withOwn(post)]).slice(-MOST));
  }

  /** A frame is for everybody: what is the reader's own is kept. */
  private withOwn(post: Post): Post {
    const known = this.stretch().find((each) => each.id === post.id);
    if (!known) return post;
    const mine = ownOf(known);
    const { text, entities, media_ids, comments, comments_conversation_id, locked } = post.locked ? known : post;
    const open = { text, entities, media_ids, comments, comments_conversation_id, locked };
    return { ...post, ...open, reactions: post.reactions.map((each) => ({ ...each, mine: each.mine || mine.has(each.emoji) })) };
  }

  private page(query: { limit: number; before_seq?: number; after_seq?: number }) {
    const params = { path: { channel_id: this.channelId }, query };
    return this.api.ask((http) => http.GET('/v1/channels/{channel_id}/posts', { params }));
  }
}

function withCounts(post: Post, counts: PostCounts | undefined): Post {
  if (!counts) return post;
  const mine = ownOf(post);
  return { ...post, views: counts.views, reactions: counts.reactions.map((each) => ({ ...each, mine: mine.has(each.emoji) })) };
}

/** Returns the emoji that are one's own. */
function ownOf(post: Post): ReadonlySet<string> {
  return new Set(post.reactions.filter((each) => each.mine).map((each) => each.emoji));
}

/** Returns both in the order of the log, each post once; of two the later given counts. */
function joined(posts: readonly Post[], others: readonly Post[]): readonly Post[] {
  const all = new Map([...posts, ...others].map((each) => [each.id, each]));
  return [...all.values()].sort((a, b) => a.seq - b.seq);
}
