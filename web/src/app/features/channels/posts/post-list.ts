import {
  ChangeDetectionStrategy,
  Component,
  DestroyRef,
  type ElementRef,
  Injector,
  afterNextRender,
  computed,
  effect,
  inject,
  input,
  linkedSignal,
  output,
  signal,
  untracked,
  viewChild,
} from '@angular/core';

import type { Channel, Post } from '@core/channels/channel';
import { ChannelStore } from '@core/channels/channel-store';
import { Language } from '@core/language';
import { Empty } from '@shared/empty';
import { Icon } from '@shared/icon';
import { dayName, daysBetween } from '@shared/time';

import { AdCard, AdFeed, Ads } from '../../ads';

import { PendingCard } from './pending-card';
import { PinnedBar } from './pinned-bar';
import { PostCard } from './post-card';
import { PostLog } from './post-log';
import { PostSender } from './post-sender';
import { ReadMarks } from './read-marks';
import { Seen } from './seen';

/** So near to the end one follows it, and so near to an edge more is asked for; pixels. */
const NEAR_END = 80;
const NEAR_EDGE = 900;

/** A stretch of posts that one scrolls; more comes at both ends, and what is before one's eyes stays there. */
@Component({
  selector: 'app-post-list',
  imports: [AdCard, Empty, Icon, PendingCard, PinnedBar, PostCard, Seen],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'posts-frame' },
  templateUrl: './post-list.html',
})
export class PostList {
  private readonly injector = inject(Injector);
  private readonly language = inject(Language).current;
  private readonly channels = inject(ChannelStore);
  private readonly sender = inject(PostSender);
  private readonly adverts = inject(Ads);
  private readonly scroller = viewChild.required<ElementRef<HTMLElement>>('scroller');
  private readonly content = viewChild.required<ElementRef<HTMLElement>>('content');
  protected readonly busy = signal<'older' | 'newer' | null>(null);
  private follows = true;
  readonly channel = input.required<Channel>();
  readonly log = input.required<PostLog>();
  readonly target = input<{ seq: number; marked: boolean } | null>(null);
  readonly unreadAfter = input<number | null>(null);
  readonly toEnd = output<void>();
  /** Shows a post that is not in this stretch. */
  readonly jump = output<Post>();
  readonly edit = output<Post>();
  protected readonly marked = linkedSignal(() => (this.target()?.marked ? this.target()!.seq : null));
  protected readonly atEnd = signal(true);
  private readonly feed = signal<AdFeed | null>(null);
  protected readonly marks = signal<ReadMarks | null>(null);
  protected readonly pending = computed(() => this.sender.pendingOf(this.channel().id)());
  protected readonly rows = computed(() => {
    const posts = this.log().posts();
    const unreadAfter = this.unreadAfter();
    const firstNew = unreadAfter === null ? undefined : posts.find((each) => each.seq > unreadAfter);
    const ads = new Map(this.feed()?.placed().map((each) => [each.afterSeq, each.ad]));
    return posts.map((post, at) => ({ post, day: this.dayOf(post, posts[at - 1]), isFirstNew: post === firstNew && at > 0, ad: ads.get(post.seq) }));
  });

  constructor() {
    afterNextRender(() => this.begin());
    effect(() => {
      this.rows();
      this.pending();
      untracked(() => this.keepPlace());
    });
    effect((onCleanup) => {
      const scroller = this.scroller().nativeElement;
      const log = this.log();
      const feed = untracked(() => this.channel().visibility === 'public') ? new AdFeed(this.adverts, log.channelId, () => log.posts().map((each) => each.seq)) : null;
      const marks = new ReadMarks(this.channels, log.channelId, scroller, (seq) => feed?.glance(seq));
      untracked(() => {
        this.feed.set(feed);
        this.marks.set(marks);
      });
      onCleanup(() => {
        feed?.stop();
        marks.stop();
      });
    });
    inject(DestroyRef).onDestroy(() => this.sizes?.disconnect());
  }

  private sizes: ResizeObserver | undefined;

  /** Stands at the post that was asked for, or at the end. */
  private begin(): void {
    this.sizes = new ResizeObserver(() => this.follows && this.scrollToEnd());
    this.sizes.observe(this.content().nativeElement);
    this.sizes.observe(this.scroller().nativeElement);
    this.toTarget();
  }

  private toTarget(): void {
    const target = this.target();
    if (!target) return this.scrollToEnd();
    const posts = this.log().posts();
    const post = posts.find((each) => each.seq >= target.seq) ?? posts.at(-1);
    this.follows = false;
    if (post) this.reveal(post.seq);
  }

  protected reveal(seq: number): void {
    const element = this.elementOf(seq);
    if (!element) return;
    const scroller = this.scroller().nativeElement;
    scroller.scrollTop += element.getBoundingClientRect().top - scroller.getBoundingClientRect().top - 72;
    this.onScroll();
  }

  protected onScroll(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller().nativeElement;
    const left = scrollHeight - scrollTop - clientHeight;
    this.follows = left < NEAR_END && !this.log().hasNewer();
    this.atEnd.set(this.follows);
    if (this.follows) this.log().below.set(0);
    if (scrollTop < NEAR_EDGE) void this.load('older');
    if (left < NEAR_EDGE) void this.load('newer');
  }

  protected goToEnd(): void {
    if (!this.log().hasNewer()) return this.scrollToEnd();
    this.follows = true;
    this.toEnd.emit();
  }

  protected showPinned(post: Post): void {
    if (!this.elementOf(post.seq)) return this.jump.emit(post);
    this.marked.set(post.seq);
    this.reveal(post.seq);
  }

  private async load(edge: 'older' | 'newer'): Promise<void> {
    const log = this.log();
    if (this.busy() || !(edge === 'older' ? log.hasOlder() : log.hasNewer())) return;
    this.busy.set(edge);
    try {
      await (edge === 'older' ? log.showOlder() : log.showNewer());
    } catch {
      // The next scroll asks again.
    } finally {
      this.busy.set(null);
    }
  }

  /** Before the list changes: remembers what is in sight; afterwards: puts it back where it was. */
  private keepPlace(): void {
    const scroller = this.scroller().nativeElement;
    const follows = this.follows;
    const top = scroller.getBoundingClientRect().top;
    const anchor = [...scroller.querySelectorAll<HTMLElement>('[data-seq]')].find((each) => each.getBoundingClientRect().bottom > top);
    const before = anchor?.getBoundingClientRect().top ?? 0;
    const restore = () => {
      if (follows) this.scrollToEnd();
      else if (anchor?.isConnected) scroller.scrollTop += anchor.getBoundingClientRect().top - before;
    };
    afterNextRender({ mixedReadWrite: restore }, { injector: this.injector });
  }

  private scrollToEnd(): void {
    const scroller = this.scroller().nativeElement;
    scroller.scrollTop = scroller.scrollHeight;
    this.onScroll();
  }

  private elementOf(seq: number): HTMLElement | null {
    return this.scroller().nativeElement.querySelector(`[data-seq="${seq}"]`);
  }

  private dayOf(post: Post, before: Post | undefined): string | null {
    const moment = new Date(post.created_at);
    if (before && daysBetween(new Date(before.created_at), moment) === 0) return null;
    return dayName(moment, this.language);
  }
}
