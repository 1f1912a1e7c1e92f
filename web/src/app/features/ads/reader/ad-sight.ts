import { DestroyRef, Directive, ElementRef, afterNextRender, inject, output } from '@angular/core';

/** So long at least half of an ad has to be on the screen to count as seen. */
export const SEEN_MS = 1_000;
const HALF = 0.5;

/** Tells once that something was really seen: half of it, for a second, in a page that is not hidden. */
@Directive({ selector: '[appAdSight]' })
export class AdSight {
  private readonly element = inject<ElementRef<HTMLElement>>(ElementRef).nativeElement;
  /** For how many milliseconds it was in sight by then. */
  readonly appAdSight = output<number>();
  private isInSight = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private since = 0;
  private observer: IntersectionObserver | undefined;
  private readonly attend = () => this.look();

  constructor() {
    afterNextRender(() => this.begin());
    inject(DestroyRef).onDestroy(() => this.stop());
  }

  private begin(): void {
    this.observer = new IntersectionObserver(([change]) => {
      this.isInSight = !!change && change.intersectionRatio >= HALF;
      this.look();
    }, { threshold: [0, HALF] });
    this.observer.observe(this.element);
    document.addEventListener('visibilitychange', this.attend);
  }

  private look(): void {
    clearTimeout(this.timer);
    if (!this.isInSight || document.visibilityState !== 'visible') return;
    this.since = performance.now();
    this.timer = setTimeout(() => this.seen(), SEEN_MS);
  }

  private seen(): void {
    this.stop();
    this.appAdSight.emit(Math.round(performance.now() - this.since));
  }

  private stop(): void {
    clearTimeout(this.timer);
    this.observer?.disconnect();
    document.removeEventListener('visibilitychange', this.attend);
  }
}
