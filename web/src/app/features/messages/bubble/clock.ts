import { Injectable, type Signal, signal } from '@angular/core';

const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

/** The time as signals, for what runs out while it is on the screen. They tick only while somebody reads them. */
@Injectable({ providedIn: 'root' })
export class Clock {
  private readonly minutes = signal(Date.now());
  private readonly seconds = signal(Date.now());
  private minuteTimer: ReturnType<typeof setInterval> | undefined;
  private secondTimer: ReturnType<typeof setInterval> | undefined;
  private watchers = 0;

  /** Now, to the minute; read it in a computation. */
  minute(): number {
    this.minuteTimer ??= setInterval(() => this.minutes.set(Date.now()), MINUTE_MS);
    return this.minutes();
  }

  /** Now, to the second, until `stop` is called. */
  watch(): { now: Signal<number>; stop: () => void } {
    this.watchers++;
    this.seconds.set(Date.now());
    this.secondTimer ??= setInterval(() => this.seconds.set(Date.now()), SECOND_MS);
    return { now: this.seconds.asReadonly(), stop: () => this.unwatch() };
  }

  private unwatch(): void {
    if (--this.watchers > 0) return;
    clearInterval(this.secondTimer);
    this.secondTimer = undefined;
  }
}
