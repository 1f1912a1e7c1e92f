import { signal } from '@angular/core';

import type { Ad, Ads } from '../ads';

/** How many posts lie between two ads, until the server has said so. */
const USUAL_EVERY = 8;
/** Posts that come into sight together are one look. */
const GATHER_MS = 80;

/** An ad, and the post that it stands behind. */
export interface Placed {
  readonly afterSeq: number;
  readonly ad: Ad;
}

/** The ads of one visit to a public channel: asked for where somebody reads, and so many posts apart as the server says. */
export class AdFeed {
  private readonly list = signal<readonly Placed[]>([]);
  readonly placed = this.list.asReadonly();
  private every = USUAL_EVERY;
  private isAsking = false;
  private isOver = false;
  /** Behind which posts there was one, or none to be had. */
  private readonly asked: number[] = [];
  private readonly inSight = new Set<number>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly ads: Pick<Ads, 'choose'>,
    private readonly channelId: string,
    private readonly seqs: () => readonly number[],
  ) {}

  /** Somebody has a post before their eyes. */
  glance(seq: number): void {
    this.inSight.add(seq);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.look(), GATHER_MS);
  }

  drop(ad: Ad): void {
    this.list.update((all) => all.filter((each) => each.ad.id !== ad.id));
  }

  stop(): void {
    this.isOver = true;
    clearTimeout(this.timer);
  }

  private async look(): Promise<void> {
    const afterSeq = this.placeFor(Math.max(...this.inSight));
    this.inSight.clear();
    if (this.isAsking || this.isOver || afterSeq === null || !this.isFarEnough(afterSeq)) return;
    this.isAsking = true;
    this.asked.push(afterSeq);
    // An ad is never a reason for an error: where it cannot be had, there is none.
    const ad = await this.ads.choose(this.channelId, afterSeq).catch(() => null);
    this.isAsking = false;
    if (!ad || this.isOver) return;
    this.every = ad.after_posts;
    this.list.update((all) => [...all, { afterSeq, ad }]);
  }

  /** Between two posts, and so not below the last one, unless it is the only one. */
  private placeFor(seq: number): number | null {
    const seqs = this.seqs();
    const at = seqs.indexOf(seq);
    if (at < 0) return null;
    return at === seqs.length - 1 && at > 0 ? seqs[at - 1]! : seq;
  }

  private isFarEnough(seq: number): boolean {
    const seqs = this.seqs();
    const at = seqs.indexOf(seq);
    return this.asked.every((each) => Math.abs(at - nearest(seqs, each)) >= this.every);
  }
}

/** Returns where a post stands, or where it would stand that is not shown. */
function nearest(seqs: readonly number[], seq: number): number {
  const at = seqs.findIndex((each) => each >= seq);
  return at < 0 ? seqs.length : at;
}
