import { ChangeDetectionStrategy, Component, computed, inject } from '@angular/core';

import { Control, Field } from '@shared/field';
import { Icon } from '@shared/icon';

import { PreferencesStore } from './preferences-store';

const NIGHT = { quiet_from: '22:00', quiet_to: '07:00' } as const;

/** The hours in which no device makes a sound; what came is told when they end. */
@Component({
  selector: 'app-quiet-hours',
  imports: [Control, Field, Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (store.value(); as now) {
      <fieldset class="choices">
        <legend i18n="@@notifications.quiet">Quiet hours</legend>
        <label class="choice"><input type="checkbox" [checked]="isOn()" (change)="toggle()" /><app-icon name="moon" /><span><span i18n="@@notifications.quiet.on">Be quiet at certain hours</span><br /><span class="muted" i18n="@@notifications.quiet.words">What comes meanwhile is told when they end.</span></span></label>
        @if (isOn()) {
          <div class="quiet-hours">
            <app-field label="From" i18n-label="@@notifications.quiet.from"><input #from appControl type="time" required [value]="now.quiet_from" (change)="setFrom(from.value)" /></app-field>
            <app-field label="Until" i18n-label="@@notifications.quiet.to"><input #to appControl type="time" required [value]="now.quiet_to" (change)="setTo(to.value)" /></app-field>
            <app-field label="Time zone" i18n-label="@@notifications.quiet.zone">
              <select #zone appControl (change)="store.change({ time_zone: zone.value })">
                @for (each of zones(); track each) {<option [value]="each" [selected]="each === now.time_zone">{{ each.replaceAll('_', ' ') }}</option>}
              </select>
            </app-field>
          </div>
        }
      </fieldset>
    }
  `,
})
export class QuietHours {
  protected readonly store = inject(PreferencesStore);
  private readonly here = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
  protected readonly isOn = computed(() => !!this.store.value()?.quiet_from);
  protected readonly zones = computed(() => {
    const known = Intl.supportedValuesOf('timeZone');
    return [...new Set(['UTC', this.here, this.store.value()?.time_zone ?? 'UTC', ...known])].sort();
  });

  protected toggle(): void {
    void this.store.change(this.isOn() ? { quiet_from: null, quiet_to: null } : { ...NIGHT, time_zone: this.here });
  }

  protected setFrom(clock: string): void {
    if (clock) void this.store.change({ quiet_from: clock });
  }

  protected setTo(clock: string): void {
    if (clock) void this.store.change({ quiet_to: clock });
  }
}
