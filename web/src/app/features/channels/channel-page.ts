import { ChangeDetectionStrategy, Component, DestroyRef, computed, effect, inject, input, signal, untracked } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';

import { Api } from '@core/api';
import { type Channel, type Post, hasRole } from '@core/channels/channel';
import { ChannelStore } from '@core/channels/channel-store';
import type { ServerFrame } from '@core/frames';
import { Live } from '@core/live';
import { type ProblemError, asProblem } from '@core/problem';
import { Skeleton } from '@shared/spinner';

import { DropZone } from '../media';
import { MessageDialogs } from '../messages';
import { PaidBar } from '../payments';

import { AmountPipe } from './amount';
import { ChannelActions } from './channel-actions';
import { ChannelHeader } from './channel-header';
import { CurrentChannel } from './current-channel';
import { MissingChannel } from './missing';
import { PostComposer } from './posts/post-composer';
import { PostList } from './posts/post-list';
import { type LogEvent, PostLog } from './posts/post-log';
import { PostSender } from './posts/post-sender';

/** Where there are no pushes, one looks again after this: channels that one does not follow, views, reactions. */
const LOOK_AGAIN_MS = 20_000;

/** A channel: its posts, and where one may, a place to write them. */
@Component({
  selector: 'app-channel-page',
  imports: [AmountPipe, ChannelHeader, DropZone, MessageDialogs, MissingChannel, PaidBar, PostComposer, PostList, Skeleton],
  providers: [CurrentChannel],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'channel-page' },
  templateUrl: './channel-page.html',
})
export class ChannelPage {
  private readonly api = inject(Api);
  private readonly channels = inject(ChannelStore);
  protected readonly actions = inject(ChannelActions);
  protected readonly current = inject(CurrentChannel);
  protected readonly log = signal<PostLog | null>(null);
  protected readonly refused = signal<ProblemError | null>(null);
  protected readonly editing = signal<Post | null>(null);
  /** The post to show first: the one of the address, or the first unread one. */
  protected readonly target = signal<{ seq: number; marked: boolean } | null>(null);
  /** How far one had read when the page was opened; the line "new" stands there. */
  protected readonly unreadAfter = signal<number | null>(null);
  protected readonly mayWrite = computed(() => hasRole(this.current.channel(), 'author'));
  readonly key = input.required<string>();
  readonly post = input<string>();

  constructor() {
    effect(() => {
      const [key, post] = [this.key(), this.post()] as const;
      untracked(() => void this.open(key, post));
    });
    // The list of channels shows the newest post as it is here: paid posts open and close.
    effect(() => {
      const log = this.log();
      const newest = log?.hasNewer() ? undefined : log?.posts().at(-1);
      untracked(() => newest && this.channels.putNewest(newest));
    });
    const live = inject(Live);
    live.frames.pipe(takeUntilDestroyed()).subscribe((frame) => this.hear(frame));
    live.ready.pipe(takeUntilDestroyed()).subscribe(() => void this.log()?.catchUp().catch(() => undefined));
    inject(PostSender).published.pipe(takeUntilDestroyed()).subscribe((post) => this.published(post));
    const timer = setInterval(() => void this.lookAgain(), LOOK_AGAIN_MS);
    inject(DestroyRef).onDestroy(() => clearInterval(timer));
  }

  protected async showEnd(): Promise<void> {
    const log = this.log();
    const channel = this.current.channel();
    if (!log || !channel) return;
    this.target.set(null);
    await log.openEnd(channel.seq).catch((error: unknown) => this.refused.set(asProblem(error)));
  }

  protected jump(post: Post): void {
    void this.open(this.key(), post.id);
  }

  protected again(): void {
    void this.open(this.key(), this.post());
  }

  private async open(key: string, postId: string | undefined): Promise<void> {
    this.log.set(null);
    this.editing.set(null);
    this.refused.set(null);
    const channel = await this.current.open(key);
    if (!channel) return;
    try {
      const log = new PostLog(this.api, channel.id);
      void log.pinned.load().catch(() => undefined);
      await this.openAt(log, channel, postId);
      if (this.current.channel()?.id === channel.id) this.log.set(log);
    } catch (error) {
      this.refused.set(asProblem(error));
    }
  }

  private async openAt(log: PostLog, channel: Channel, postId: string | undefined): Promise<void> {
    const read = channel.subscription?.read_seq ?? null;
    this.unreadAfter.set(channel.unread ? read : null);
    const wanted = postId ? await this.seqOf(postId) : null;
    const seq = wanted ?? (channel.unread && read !== null ? read + 1 : null);
    this.target.set(seq === null ? null : { seq, marked: wanted !== null });
    await (seq === null ? log.openEnd(channel.seq) : log.openAround(seq, channel.seq));
  }

  private async seqOf(postId: string): Promise<number | null> {
    const params = { path: { post_id: postId } };
    const post = await this.api.ask((http) => http.GET('/v1/posts/{post_id}', { params })).catch(() => null);
    return post && !post.deleted ? post.seq : null;
  }

  private hear(frame: ServerFrame): void {
    if (frame.t === 'user_event' && frame.type === 'entitlement.changed') return void this.look();
    if (frame.t === 'channel_counts' && frame.channel === this.log()?.channelId) return this.log()!.count(frame.posts);
    if (frame.t !== 'channel_event' || frame.channel !== this.log()?.channelId) return;
    const post = frame.type.startsWith('post.') ? (frame.data as unknown as Post) : null;
    void this.take(this.log()!, { type: frame.type, seq: frame.seq, post }).catch(() => undefined);
  }

  private async take(log: PostLog, event: LogEvent): Promise<void> {
    await log.hear(event);
    // Frames are the same for everybody: what is to be paid for is closed in them.
    if (event.post?.locked) await log.refresh(event.post.seq, event.post.seq);
  }

  private published(post: Post): void {
    this.channels.putNewest(post);
    if (post.channel_id !== this.log()?.channelId) return;
    if (this.log()?.hasNewer()) void this.showEnd();
    else this.log()?.add(post);
  }

  private async lookAgain(): Promise<void> {
    const log = this.log();
    if (!log || document.visibilityState !== 'visible') return;
    if (!this.current.channel()?.subscription) await log.catchUp().catch(() => undefined);
    await this.look();
  }

  /** Asks again for the posts that are open: what was paid for opens, and closes when it is paid back. */
  private async look(): Promise<void> {
    const posts = this.log()?.posts();
    if (posts?.length) await this.log()!.refresh(posts[0]!.seq, posts.at(-1)!.seq).catch(() => undefined);
  }
}
