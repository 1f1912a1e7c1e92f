import { ChangeDetectionStrategy, Component, inject, input } from '@angular/core';

import { Icon } from '@shared/icon';

import { PaymentUi } from '../payment-ui';
import type { TipTarget } from '../payments';

/** Opens the sheet of a tip. */
@Component({
  selector: 'app-tip-button',
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `<button type="button" class="icon-button" aria-label="Give a tip" i18n-aria-label="@@payments.sheet.tip" title="Give a tip" i18n-title="@@payments.sheet.tip" (click)="show()"><app-icon name="gift" /></button>`,
})
export class TipButton {
  private readonly ui = inject(PaymentUi);
  readonly target = input.required<TipTarget>();
  readonly name = input.required<string>();

  protected show(): void {
    this.ui.show({ kind: 'tip', target: this.target(), name: this.name() });
  }
}
