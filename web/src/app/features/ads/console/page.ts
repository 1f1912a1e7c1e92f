import { ChangeDetectionStrategy, Component, input } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Icon } from '@shared/icon';

/** A page of the console: its heading, the way back, and what is on it. */
@Component({
  selector: 'app-console-page',
  imports: [Icon, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'pane-page' },
  template: `
    <header class="pane-header">
      <a class="icon-button" [class.pane-back]="!always()" aria-label="Back" i18n-aria-label="@@core.back" [routerLink]="back()"><app-icon name="back" /></a>
      <h2>{{ heading() }}</h2>
    </header>
    <div class="pane-body is-wide"><ng-content /></div>
  `,
})
export class ConsolePage {
  readonly heading = input.required<string>();
  readonly back = input('/advertising');
  /** Shows the way back on a wide screen too. */
  readonly always = input(false);
}
