import { ChangeDetectionStrategy, Component, inject, input, signal } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Icon } from '@shared/icon';
import { Toasts } from '@shared/toast';

import { PrivateFiles } from './private-files';

/** A payment's receipt: to look at in a tab of its own, and as a PDF. */
@Component({
  selector: 'app-receipt-links',
  imports: [Icon, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'receipt-links' },
  template: `
    <a class="text-button" target="_blank" [routerLink]="['/wallet/payments', paymentId()]"><span i18n="@@payments.receipt">Receipt</span><span class="visually-hidden">&nbsp;<span i18n="@@payments.new_tab">(in a new tab)</span></span></a>
    <button type="button" class="icon-button" aria-label="Receipt as PDF" i18n-aria-label="@@payments.receipt.pdf" title="Receipt as PDF" i18n-title="@@payments.receipt.pdf" [disabled]="busy()" (click)="save()"><app-icon name="download" /></button>
  `,
})
export class ReceiptLinks {
  private readonly files = inject(PrivateFiles);
  private readonly toasts = inject(Toasts);
  readonly paymentId = input.required<string>();
  protected readonly busy = signal(false);

  protected save(): void {
    void this.toasts.attempt(this.busy, () => this.files.saveReceipt(this.paymentId()));
  }
}
