import { ChangeDetectionStrategy, Component, computed, inject } from '@angular/core';

import { PaymentUi } from './payment-ui';
import { Sheets } from './paying/sheets';

/** Shows the sheets that `PaymentUi` is asked for. It stands once, in the shell; what it shows is loaded when wanted. */
@Component({
  selector: 'app-payment-sheets',
  imports: [Sheets],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @defer (when isWanted()) {
      <app-payment-sheet />
    }
  `,
})
export class PaymentSheets {
  private readonly ui = inject(PaymentUi);
  protected readonly isWanted = computed(() => this.ui.wish() !== null || this.ui.refunding() !== null);
}
