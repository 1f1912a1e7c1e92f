import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Empty } from '@shared/empty';
import { Icon } from '@shared/icon';
import { Skeleton } from '@shared/spinner';

import { ChannelLevels } from './channel-levels';
import { Devices } from './devices';
import { Digest } from './digest';
import { PreferencesStore } from './preferences-store';
import { QuietHours } from './quiet-hours';

/** What one is told of, when, and where. */
@Component({
  selector: 'app-notification-preferences',
  imports: [ChannelLevels, Devices, Digest, Empty, Icon, QuietHours, RouterLink, Skeleton],
  providers: [PreferencesStore],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'pane-page' },
  template: `
    <header class="pane-header">
      <a class="icon-button pane-back" routerLink="/notifications" aria-label="Back" i18n-aria-label="@@core.back"><app-icon name="back" /></a>
      <h2 i18n="@@notifications.preferences">Notification settings</h2>
    </header>
    <div class="pane-body">
      @if (store.value(); as now) {
        <app-devices />
        <fieldset class="choices">
          <legend i18n="@@notifications.what">What you are told of</legend>
          <label class="choice"><input type="checkbox" [checked]="now.push" (change)="store.change({ push: !now.push })" /><app-icon name="bell" /><span><span i18n="@@notifications.push">Notifications on your devices</span><br /><span class="muted" i18n="@@notifications.push.words">Off: the list here is filled, and no device makes a sound.</span></span></label>
          <label class="choice"><input type="checkbox" [checked]="now.mentions" (change)="store.change({ mentions: !now.mentions })" /><app-icon name="at" /><span i18n="@@notifications.pref.mentions">When somebody mentions you</span></label>
          <label class="choice"><input type="checkbox" [checked]="now.replies" (change)="store.change({ replies: !now.replies })" /><app-icon name="reply" /><span i18n="@@notifications.pref.replies">When somebody answers you, or comments on your post</span></label>
        </fieldset>
        <app-quiet-hours />
        <app-digest />
        <app-channel-levels />
      } @else if (store.problem(); as refused) {
        <app-empty icon="alert" [heading]="refused.words"><button type="button" class="button is-quiet" (click)="store.load()" i18n="@@notifications.again">Try again</button></app-empty>
      } @else {
        <app-skeleton />
      }
    </div>
  `,
})
export class Preferences {
  protected readonly store = inject(PreferencesStore);

  constructor() {
    void this.store.load();
  }
}
