import { Injectable, inject } from '@angular/core';

import { Language } from '@core/language';
import { formatMoney } from '@shared/money/format';
import { regional } from '@shared/time';
import { Toasts } from '@shared/toast';

import { PaymentUi } from '../payment-ui';
import type { Payment } from '../payments';
import { failureWords } from '../words';

import { ProviderVisit } from './provider-visit';
import { Settling, isLedOn } from './settling';

/** Goes on with a payment that was begun: to the provider's page, or until it is over. */
@Injectable({ providedIn: 'root' })
export class PayFlow {
  private readonly region = regional(inject(Language).current);
  private readonly settling = inject(Settling);
  private readonly toasts = inject(Toasts);
  private readonly ui = inject(PaymentUi);
  private readonly visit = inject(ProviderVisit);

  /** Returns the payment as it is in the end; null where the browser leaves for the provider's page. */
  async goOn(begun: Payment): Promise<Payment | null> {
    const payment = await this.settling.follow(begun);
    if (isLedOn(payment)) {
      this.visit.pay(payment);
      return null;
    }
    this.ui.changed.next();
    return payment;
  }

  /** Says that it went well, or that it takes longer; returns why it did not, for whoever shows that. */
  tell(payment: Payment): string | null {
    const amount = formatMoney(payment.amount, payment.currency, this.region);
    if (payment.status === 'succeeded') this.toasts.show($localize`:@@payments.told.paid:Paid: ${amount}:amount:`);
    else if (payment.status === 'failed') return failureWords(payment.failure ?? 'declined');
    else if (payment.status === 'processing') this.toasts.show($localize`:@@payments.told.processing:Your bank is still at it. You will see it here.`);
    else return $localize`:@@payments.told.over:This payment was not made.`;
    return null;
  }
}
