import { ChangeDetectionStrategy, Component, input } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Icon } from '@shared/icon';

/** A page of the settings: its heading with the way back on a phone, and what is on it. */
@Component({
  selector: 'app-account-page',
  imports: [Icon, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'pane-page' },
  template: `
    <header class="pane-header">
      <a class="icon-button pane-back" routerLink="/settings" aria-label="Back" i18n-aria-label="@@core.back"><app-icon name="back" /></a>
      <h2>{{ heading() }}</h2>
    </header>
    <div class="pane-body"><ng-content /></div>
  `,
})
export class AccountPage {
  readonly heading = input.required<string>();
}
