import { ChangeDetectionStrategy, Component, computed, inject, input, signal } from '@angular/core';

import { Language } from '@core/language';
import { Dialog } from '@shared/dialog';
import { Control, Field } from '@shared/field';
import type { Currency } from '@shared/money/currencies';
import { MoneyPipe } from '@shared/money/format';
import { AmountField } from '@shared/money/amount-field';
import { MoneyInput } from '@shared/money/money-input';
import { Notice } from '@shared/notice';
import { Skeleton } from '@shared/spinner';
import { Submission } from '@shared/submission';
import { regional } from '@shared/time';
import { Toasts } from '@shared/toast';

import { PaymentUi } from '../payment-ui';
import { type Payment, Payments } from '../payments';

import { Intention } from './intention';

const LONGEST_REASON = 300;

/** Gives a payment back that one received: all of it, or a part. */
@Component({
  selector: 'app-refund-sheet',
  imports: [AmountField, Control, Dialog, Field, MoneyPipe, Notice, Skeleton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './refund-sheet.html',
})
export class RefundSheet {
  private readonly payments = inject(Payments);
  private readonly toasts = inject(Toasts);
  private readonly region = regional(inject(Language).current);
  protected readonly ui = inject(PaymentUi);
  readonly paymentId = input.required<string>();

  protected readonly longest = LONGEST_REASON;
  protected readonly payment = signal<Payment | null>(null);
  protected readonly isPart = signal(false);
  protected readonly reason = signal('');
  protected readonly endsAccess = signal(true);
  protected readonly money = new MoneyInput('EUR', this.region);
  protected readonly left = computed(() => (this.payment()?.amount ?? 0) - (this.payment()?.refunded ?? 0));
  protected readonly opensAccess = computed(() => ['post', 'plan'].includes(this.payment()?.kind ?? ''));
  protected readonly sending = new Submission();
  private readonly intention = new Intention();

  constructor() {
    queueMicrotask(() => void this.load());
  }

  protected submit(event: Event): void {
    event.preventDefault();
    event.stopPropagation();
    this.money.isTried.set(this.isPart());
    if (this.isPart() && this.money.amount() === null) return;
    void this.sending.run(() => this.giveBack());
  }

  private async giveBack(): Promise<void> {
    const body = {
      payment_id: this.paymentId(),
      amount: this.isPart() ? this.money.amount() : null,
      reason: this.reason().trim(),
      end_access: this.opensAccess() ? this.endsAccess() : null,
    };
    await this.payments.refund(this.intention.keyFor(body), body);
    this.intention.done();
    this.ui.close();
    this.ui.changed.next();
    this.toasts.show($localize`:@@payments.refund.told:The money goes back.`);
  }

  private async load(): Promise<void> {
    await this.sending.run(async () => {
      const payment = await this.payments.get(this.paymentId());
      this.money.currency.set(payment.currency as Currency);
      this.payment.set(payment);
    });
  }
}
