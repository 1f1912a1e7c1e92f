import { ChangeDetectionStrategy, Component, input } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Icon } from '@shared/icon';

/** A page of the wallet: its heading with the way back on a phone, and what is on it. */
@Component({
  selector: 'app-wallet-page',
  imports: [Icon, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'pane-page' },
  template: `
    <header class="pane-header">
      <a class="icon-button pane-back" aria-label="Back" i18n-aria-label="@@core.back" [routerLink]="back()"><app-icon name="back" /></a>
      <h2>{{ heading() }}</h2>
      <ng-content select="[header-actions]" />
    </header>
    <div class="pane-body"><ng-content /></div>
  `,
})
export class WalletPage {
  readonly heading = input.required<string>();
  readonly back = input('/wallet');
}
