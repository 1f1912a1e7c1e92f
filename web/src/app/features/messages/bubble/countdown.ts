import { ChangeDetectionStrategy, Component, computed, inject, input, signal, DestroyRef } from '@angular/core';

import { Language } from '@core/language';
import { regional } from '@shared/time';
import { Icon } from '@shared/icon';

import { Clock } from './clock';

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86_400;

/** How long a message still lives: "4 min", in its last minute by the second. */
@Component({
  selector: 'app-countdown',
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'countdown', role: 'timer' },
  template: `<app-icon name="clock" /><span class="visually-hidden" i18n="@@messages.expires_in">Goes away in</span>
    {{ words() }}`,
})
export class Countdown {
  readonly until = input.required<string>();
  private readonly language = inject(Language).current;
  private readonly clock = inject(Clock);
  private readonly ticking = signal<ReturnType<Clock['watch']> | null>(null);
  private readonly left = computed(() => {
    const end = new Date(this.until()).getTime();
    const coarse = (end - this.clock.minute()) / 1000;
    const now = this.ticking()?.now() ?? Date.now();
    return coarse > 3 * MINUTE_S ? coarse : (end - now) / 1000;
  });
  protected readonly words = computed(() => timeLeft(Math.max(0, this.left()), this.language));

  constructor() {
    this.ticking.set(this.clock.watch());
    inject(DestroyRef).onDestroy(() => this.ticking()?.stop());
  }
}

/** Returns a length of time in its largest unit: "3 d", "5 h", "12 min", "40 s". */
export function timeLeft(seconds: number, language: string): string {
  const [amount, unit] = inLargestUnit(seconds);
  return new Intl.NumberFormat(regional(language), { style: 'unit', unit, unitDisplay: 'short' }).format(amount);
}

function inLargestUnit(seconds: number): [number, 'second' | 'minute' | 'hour' | 'day'] {
  if (seconds < MINUTE_S) return [Math.ceil(seconds), 'second'];
  if (seconds < HOUR_S) return [Math.ceil(seconds / MINUTE_S), 'minute'];
  if (seconds < DAY_S) return [Math.ceil(seconds / HOUR_S), 'hour'];
  return [Math.ceil(seconds / DAY_S), 'day'];
}
