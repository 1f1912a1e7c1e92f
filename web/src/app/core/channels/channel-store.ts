import { Injectable, computed, effect, inject, signal, untracked } from '@angular/core';

import { Api } from '@core/api';
import { Badges } from '@core/badges';
import type { ServerFrame } from '@core/frames';
import { Live } from '@core/live';
import { asProblem } from '@core/problem';
import { Session } from '@core/session';
import type { Schemas } from '@core/wire';

import { type Channel, type Level, type Post, type Subscription, isQuiet } from './channel';

type ChannelEvent = Extract<ServerFrame, { t: 'channel_event' }>;
type UserEvent = Extract<ServerFrame, { t: 'user_event' }>;

const PAGE = 100;
/** Of so many channels the newest post is asked for, to show and to order by. */
const MAX_NEWEST = 60;
const AT_ONCE = 6;

/** The channels that one follows, and those that one looks at; live. */
@Injectable({ providedIn: 'root' })
export class ChannelStore {
  private readonly api = inject(Api);
  private readonly session = inject(Session);
  private readonly badges = inject(Badges);
  private readonly known = signal<ReadonlyMap<string, Channel>>(new Map());
  private readonly newestPosts = signal<ReadonlyMap<string, Post | null>>(new Map());
  private readonly phase = signal<'loading' | 'loaded' | 'failed'>('loading');
  private loading: Promise<void> | null = null;
  /** Entries of channels that were not known when they came: they may be in the list that is being asked for. */
  private readonly early = new Map<string, number>();

  readonly state = this.phase.asReadonly();
  readonly mine = computed(() => {
    const newest = this.newestPosts();
    const moment = (each: Channel) => newest.get(each.id)?.created_at ?? each.subscription?.since ?? '';
    const followed = [...this.known().values()].filter((each) => each.subscription);
    return followed.sort((a, b) => moment(b).localeCompare(moment(a)));
  });

  constructor() {
    const live = inject(Live);
    live.ready.subscribe(() => void this.load());
    live.frames.subscribe((frame) => this.hear(frame));
    const person = computed(() => this.session.me()?.id);
    effect(() => {
      person();
      untracked(() => this.forgetAll());
    });
    effect(() => {
      const unread = this.mine().filter((each) => !isQuiet(each)).map((each) => each.unread);
      this.badges.channels.set(unread.reduce((sum, each) => sum + each, 0));
    });
  }

  channel(id: string): Channel | undefined {
    return this.known().get(id);
  }

  newest(id: string): Post | null | undefined {
    return this.newestPosts().get(id);
  }

  /** Asks for all that one follows; once at a time. */
  load(): Promise<void> {
    this.loading ??= this.loadAll().finally(() => (this.loading = null));
    return this.loading;
  }

  /** Returns a channel by its id or `@handle`, as it is now. */
  async find(key: string): Promise<Channel> {
    const channel = key.startsWith('@')
      ? await this.api.ask((http) => http.GET('/v1/channels/handles/{handle}', { params: { path: { handle: key.slice(1) } } }))
      : await this.api.ask((http) => http.GET('/v1/channels/{channel_id}', { params: { path: { channel_id: key } } }));
    this.put(channel);
    return channel;
  }

  async follow(id: string, level: Level = 'all', mutedUntil: string | null = null): Promise<void> {
    const params = { path: { channel_id: id } };
    const body = { level, muted_until: mutedUntil };
    const before = this.channel(id)?.subscription;
    const subscription = await this.api.ask((http) => http.POST('/v1/channels/{channel_id}/subscription', { params, body }));
    this.change(id, (channel) => ({
      ...channel,
      subscription,
      follower_count: channel.follower_count + (before || channel.subscription ? 0 : 1),
    }));
  }

  async unfollow(id: string): Promise<void> {
    const params = { path: { channel_id: id } };
    await this.api.ask((http) => http.DELETE('/v1/channels/{channel_id}/subscription', { params }));
    this.left(id);
  }

  /** Marks a channel as read up to an entry of its log; the count falls at once. */
  async read(id: string, upToSeq: number): Promise<void> {
    const params = { path: { channel_id: id } };
    const body = { up_to_seq: upToSeq };
    const subscription = await this.api.ask((http) => http.POST('/v1/channels/{channel_id}/read', { params, body }));
    this.change(id, (channel) => ({ ...channel, subscription }));
    if (upToSeq >= (this.newest(id)?.seq ?? Infinity)) this.change(id, (channel) => ({ ...channel, unread: 0 }));
  }

  /** How far one is in each channel that one follows, for `sync`. */
  heads(): Record<string, number> {
    return Object.fromEntries(this.mine().map((each) => [each.id, each.seq]));
  }

  /** Takes in what `sync` says of channels: those that are ahead are asked for, others forgotten. */
  async catchUp(items: readonly Schemas['ChannelSyncItem'][]): Promise<void> {
    for (const { channel, gone, seq } of items) {
      if (gone) this.left(channel);
      else if (this.channel(channel)?.seq !== seq) await this.refresh(channel).then(() => this.askNewest(channel));
    }
  }

  /** Takes a channel over as a call answered it. */
  put(channel: Channel): void {
    this.known.update((known) => new Map(known).set(channel.id, channel));
  }

  forget(id: string): void {
    this.known.update((known) => without(known, id));
    this.newestPosts.update((posts) => without(posts, id));
  }

  /** Takes a post over that may be the newest one of its channel. */
  putNewest(post: Post): void {
    const newest = this.newest(post.channel_id);
    if (newest && newest.seq > post.seq) return;
    this.newestPosts.update((posts) => new Map(posts).set(post.channel_id, post));
  }

  private async loadAll(): Promise<void> {
    try {
      this.early.clear();
      const mine = await this.allPages();
      const moved = mine.filter((each) => this.newest(each.id) === undefined || this.channel(each.id)?.seq !== each.seq);
      this.takeMine(mine);
      await Promise.all([this.loadNewest(moved), this.refreshEarly()]);
      this.phase.set('loaded');
    } catch (error) {
      if (this.phase() !== 'loaded' && asProblem(error).status !== 401) this.phase.set('failed');
    }
  }

  /** Takes over what one follows; a frame may have said more meanwhile. */
  private takeMine(mine: readonly Channel[]): void {
    const ids = new Set(mine.map((each) => each.id));
    const others = [...this.known().values()].filter((each) => !each.subscription && !ids.has(each.id));
    const newer = (each: Channel) => {
      const now = this.channel(each.id);
      return now?.subscription && now.seq > each.seq ? now : each;
    };
    this.known.set(new Map([...others, ...mine.map(newer)].map((each) => [each.id, each])));
  }

  private async refreshEarly(): Promise<void> {
    const behind = [...this.early].filter(([id, seq]) => (this.channel(id)?.seq ?? seq) < seq);
    await Promise.all(behind.map(([id]) => this.refresh(id)));
  }

  private async allPages(): Promise<Channel[]> {
    const found: Channel[] = [];
    let after: string | undefined;
    do {
      const query = { limit: PAGE, after };
      const page = await this.api.ask((http) => http.GET('/v1/channels/mine', { params: { query } }));
      found.push(...page.items);
      after = page.next ?? undefined;
    } while (after);
    return found;
  }

  /** Asks for the newest posts of channels. */
  private async loadNewest(channels: readonly Channel[]): Promise<void> {
    const left = channels.slice(0, MAX_NEWEST).map((each) => each.id);
    const work = async () => {
      for (let id = left.shift(); id; id = left.shift()) await this.askNewest(id);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }

  private async askNewest(id: string): Promise<void> {
    const params = { path: { channel_id: id }, query: { limit: 3 } };
    const page = await this.api.ask((http) => http.GET('/v1/channels/{channel_id}/posts', { params })).catch(() => null);
    const newest = page?.items.filter((each) => !each.deleted).pop();
    if (page) this.newestPosts.update((posts) => new Map(posts).set(id, newest ?? null));
  }

  private hear(frame: ServerFrame): void {
    if (frame.t === 'channel_event') this.onEntry(frame);
    if (frame.t === 'user_event' && frame.type.startsWith('channel.')) this.onPersonal(frame);
  }

  /** An entry of the log of a channel that one follows. */
  private onEntry(frame: ChannelEvent): void {
    const channel = this.channel(frame.channel);
    if (frame.type === 'channel.deleted') return this.forget(frame.channel);
    if (!channel && this.loading) this.early.set(frame.channel, frame.seq);
    if (!channel || frame.seq <= channel.seq) return;
    if (frame.seq > channel.seq + 1) return void this.refresh(frame.channel);
    this.change(frame.channel, (each) => ({ ...each, seq: frame.seq }));
    if (frame.type === 'channel.updated') this.change(frame.channel, (each) => ({ ...each, ...frame.data }));
    if (frame.type.startsWith('post.')) this.onPost(frame.type, frame.data as unknown as Post);
  }

  private onPost(type: string, post: Post): void {
    const counts = post.author_id !== this.session.me()?.id && post.seq > (this.channel(post.channel_id)?.subscription?.read_seq ?? 0);
    const step = { 'post.published': 1, 'post.deleted': -1 }[type] ?? 0;
    if (counts && step) this.change(post.channel_id, (each) => ({ ...each, unread: Math.max(0, each.unread + step) }));
    if (type === 'post.published') return this.putNewest(post);
    if (this.newest(post.channel_id)?.id !== post.id) return;
    if (type === 'post.deleted') void this.askNewest(post.channel_id);
    else this.putNewest(post);
  }

  private onPersonal({ type, data }: UserEvent): void {
    const id = data['channel_id'] as string;
    const follow = (changes: Partial<Subscription>) =>
      this.change(id, (each) => ({ ...each, subscription: each.subscription && { ...each.subscription, ...changes } }));
    switch (type) {
      case 'channel.joined':
        return void this.refresh(id).then(() => this.askNewest(id));
      case 'channel.left':
        return this.left(id);
      case 'channel.level':
        return follow({ level: data['level'] as Level });
      case 'channel.role':
        return follow({ role: data['role'] as Subscription['role'] });
      case 'channel.read':
        follow({ read_seq: data['read_seq'] as number });
        return this.change(id, (each) => ({ ...each, unread: data['unread'] as number }));
    }
  }

  /** One follows it no longer: a public channel can still be looked at. */
  private left(id: string): void {
    const channel = this.channel(id);
    if (!channel?.subscription) return;
    if (channel.visibility === 'private') return this.forget(id);
    this.put({ ...channel, subscription: null, unread: 0, follower_count: Math.max(0, channel.follower_count - 1) });
  }

  private async refresh(id: string): Promise<void> {
    await this.find(id).catch((error: unknown) => {
      if (asProblem(error).status === 404) this.forget(id);
    });
  }

  private change(id: string, work: (channel: Channel) => Channel): void {
    const channel = this.channel(id);
    if (channel) this.put(work(channel));
  }

  private forgetAll(): void {
    this.known.set(new Map());
    this.newestPosts.set(new Map());
    this.phase.set('loading');
  }
}

function without<V>(map: ReadonlyMap<string, V>, id: string): ReadonlyMap<string, V> {
  const left = new Map(map);
  left.delete(id);
  return left;
}
