import { ChangeDetectionStrategy, Component, computed, inject } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Session } from '@core/session';
import type { Schemas } from '@core/wire';
import { Icon } from '@shared/icon';

import { PreferencesStore } from './preferences-store';

type Rhythm = Schemas['PreferencesView']['email_digest'];

/** A mail of what one has not read; it goes to the address that one has verified. */
@Component({
  selector: 'app-digest',
  imports: [Icon, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (store.value(); as now) {
      <fieldset class="choices">
        <legend i18n="@@notifications.digest">Digest by e-mail</legend>
        @if (address(); as where) {
          @for (each of rhythms; track each.id) {
            <label class="choice"><input type="radio" name="digest" [value]="each.id" [checked]="now.email_digest === each.id" (change)="store.change({ email_digest: each.id })" /><span>{{ each.name }}</span></label>
          }
          <p class="digest-words muted"><span i18n="@@notifications.digest.to">It goes to {{ where }}.</span></p>
        } @else {
          <p class="digest-words"><app-icon name="info" /><span><span i18n="@@notifications.digest.no_address">For a digest you need an e-mail address that you have verified.</span>&ngsp;<a routerLink="/settings/account" i18n="@@notifications.digest.settings">To the settings</a></span></p>
        }
      </fieldset>
    }
  `,
})
export class Digest {
  private readonly session = inject(Session);
  protected readonly store = inject(PreferencesStore);
  protected readonly address = computed(() => {
    const me = this.session.me();
    return me?.email_verified ? me.email : null;
  });
  protected readonly rhythms: readonly { id: Rhythm; name: string }[] = [
    { id: 'off', name: $localize`:@@notifications.digest.off:None` },
    { id: 'daily', name: $localize`:@@notifications.digest.daily:Every day` },
    { id: 'weekly', name: $localize`:@@notifications.digest.weekly:Every week` },
  ];
}
