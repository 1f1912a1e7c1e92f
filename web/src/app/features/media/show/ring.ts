import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';

const RADIUS = 20;
const ROUND = 2 * Math.PI * RADIUS;
/** A ring at 0 would be invisible. */
const LEAST_PERCENT = 4;

/** How far something is, as a ring; it turns while nobody knows. */
@Component({
  selector: 'app-ring',
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: {
    class: 'ring',
    role: 'progressbar',
    '[class.is-turning]': 'percent() === null',
    '[attr.aria-label]': 'label()',
    '[attr.aria-valuenow]': 'percent()',
    'aria-valuemin': '0',
    'aria-valuemax': '100',
  },
  template: `
    <svg viewBox="0 0 48 48" aria-hidden="true" focusable="false">
      <circle class="ring-way" cx="24" cy="24" r="20" />
      <circle class="ring-done" cx="24" cy="24" r="20" [attr.stroke-dasharray]="dashes()" />
    </svg>
  `,
})
export class Ring {
  readonly percent = input.required<number | null>();
  readonly label = input.required<string>();
  protected readonly dashes = computed(() => {
    const done = (Math.max(LEAST_PERCENT, this.percent() ?? 25) / 100) * ROUND;
    return `${done.toFixed(1)} ${ROUND.toFixed(1)}`;
  });
}
