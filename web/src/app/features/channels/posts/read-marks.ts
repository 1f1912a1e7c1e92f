import type { ChannelStore } from '@core/channels/channel-store';

/** So long a post has to be in sight to count as seen. */
const GLANCE_MS = 700;
/** Marks of a while go out together. */
const GATHER_MS = 600;

/** Marks posts as read that somebody really had before their eyes: in sight, in a window that has the focus. */
export class ReadMarks {
  private readonly inSight = new Map<Element, ReturnType<typeof setTimeout>>();
  private readonly observer: IntersectionObserver;
  private seen = 0;
  private sent = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly attend = () => this.begin();

  constructor(
    private readonly channels: ChannelStore,
    private readonly channelId: string,
    root: Element,
    private readonly glance: (seq: number) => void = () => undefined,
  ) {
    this.observer = new IntersectionObserver((changes) => this.look(changes), { root, threshold: [0, 0.6] });
    addEventListener('focus', this.attend);
    document.addEventListener('visibilitychange', this.attend);
  }

  watch(element: Element): void {
    this.observer.observe(element);
  }

  unwatch(element: Element): void {
    this.observer.unobserve(element);
    this.leave(element);
  }

  stop(): void {
    removeEventListener('focus', this.attend);
    document.removeEventListener('visibilitychange', this.attend);
    this.observer.disconnect();
    this.inSight.forEach((timer) => clearTimeout(timer));
    clearTimeout(this.timer);
    this.send();
  }

  private look(changes: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting, intersectionRatio, intersectionRect, rootBounds } of changes) {
      // A post that is longer than the window is seen when it fills most of it.
      const fills = intersectionRect.height > (rootBounds?.height ?? Infinity) / 2;
      if (isIntersecting && (intersectionRatio >= 0.6 || fills)) this.enter(target);
      else this.leave(target);
    }
  }

  private enter(element: Element): void {
    if (this.inSight.has(element)) return;
    this.inSight.set(element, setTimeout(() => this.glanced(element), GLANCE_MS));
  }

  private leave(element: Element): void {
    clearTimeout(this.inSight.get(element));
    this.inSight.delete(element);
  }

  /** The person is back: what is in sight counts from now on. */
  private begin(): void {
    if (!attentive()) return;
    for (const [element, timer] of this.inSight) {
      clearTimeout(timer);
      this.inSight.set(element, setTimeout(() => this.glanced(element), GLANCE_MS));
    }
  }

  private glanced(element: Element): void {
    if (!attentive()) return;
    const seq = Number(element.getAttribute('data-seq'));
    this.glance(seq);
    this.seen = Math.max(this.seen, seq);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.send(), GATHER_MS);
  }

  private send(): void {
    const subscription = this.channels.channel(this.channelId)?.subscription;
    if (!subscription || this.seen <= Math.max(this.sent, subscription.read_seq)) return;
    const before = this.sent;
    this.sent = this.seen;
    this.channels.read(this.channelId, this.seen).catch(() => (this.sent = before));
  }
}

function attentive(): boolean {
  return document.visibilityState === 'visible' && document.hasFocus();
}
