import { ChangeDetectionStrategy, Component, computed, inject, model } from '@angular/core';

import { Language } from '@core/language';
import { Icon } from '@shared/icon';
import { Menu } from '@shared/menu';
import { MenuItem } from '@shared/menu-item';

import { lengthOfTime } from './length-of-time';

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;
export const LIVES_S: readonly (number | null)[] = [null, 60, HOUR_S, DAY_S, 7 * DAY_S, 30 * DAY_S];

/** How long messages live that are sent from now on. */
@Component({
  selector: 'app-expiry-choice',
  imports: [Icon, Menu, MenuItem],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'expiry-choice', '[class.is-on]': 'seconds() !== null' },
  template: `
    <app-menu icon="clock" [label]="label()">
      <p class="menu-note" role="none" i18n="@@messages.expiry.words">Messages disappear after</p>
      @for (each of lives; track each) {
        <button appMenuItem type="button" (click)="seconds.set(each)">
          <app-icon [name]="seconds() === each ? 'check' : 'clock'" />
          <span>{{ nameOf(each) }}</span>
          @if (seconds() === each) {
            <span class="visually-hidden" i18n="@@messages.chosen">(chosen)</span>
          }
        </button>
      }
    </app-menu>
    @if (seconds(); as each) {
      <span class="expiry-now" aria-hidden="true">{{ nameOf(each) }}</span>
    }
  `,
})
export class ExpiryChoice {
  /** The length of a message's life in seconds; null for ever. */
  readonly seconds = model<number | null>(null);
  private readonly language = inject(Language).current;
  protected readonly lives = LIVES_S;
  protected readonly label = computed(
    () => $localize`:@@messages.expiry.label:Disappearing messages: ${this.nameOf(this.seconds())}:time:`,
  );

  protected nameOf(seconds: number | null): string {
    return seconds === null ? $localize`:@@messages.expiry.never:never` : lengthOfTime(seconds, this.language);
  }
}
