import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';

import { Session } from '@core/session';
import { People } from '@core/store';
import { MoneyPipe } from '@shared/money/format';
import { TimePipe } from '@shared/time';
import { Submission } from '@shared/submission';

import { ProviderVisit } from '../paying/provider-visit';
import { isLedOn } from '../paying/settling';
import { PaymentUi } from '../payment-ui';
import { type Payment, Payments } from '../payments';
import { failureWords, kindWords, statusTone, statusWords } from '../words';

import { ReceiptLinks } from './receipt-links';

/** A payment in a list, with what one can do: go on with it, call it off, give it back, see the receipt. */
@Component({
  selector: 'app-payment-row',
  imports: [MoneyPipe, ReceiptLinks, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'payment-row' },
  templateUrl: './payment-row.html',
})
export class PaymentRow {
  private readonly me = inject(Session).me;
  private readonly payments = inject(Payments);
  private readonly people = inject(People);
  private readonly ui = inject(PaymentUi);
  private readonly visit = inject(ProviderVisit);
  readonly payment = input.required<Payment>();

  protected readonly deed = new Submission();
  protected readonly isMine = computed(() => this.payment().payer_id === this.me()?.id);
  protected readonly isOwn = computed(() => ['top_up', 'ads_top_up'].includes(this.payment().kind));
  protected readonly other = computed(() => {
    const id = this.isMine() ? this.payment().payee_id : this.payment().payer_id;
    return id && !this.isOwn() ? (this.people.get(id)?.display_name ?? '…') : '';
  });
  protected readonly kind = computed(() => kindWords(this.payment().kind));
  protected readonly status = computed(() => statusWords(this.payment()));
  protected readonly tone = computed(() => statusTone(this.payment()));
  protected readonly failure = computed(() => (this.payment().status === 'failed' ? failureWords(this.payment().failure) : ''));
  protected readonly isPaid = computed(() => this.payment().status === 'succeeded');
  protected readonly goesOn = computed(() => this.isMine() && isLedOn(this.payment()));
  protected readonly mayCancel = computed(() => this.isMine() && ['created', 'requires_action'].includes(this.payment().status));
  protected readonly mayRefund = computed(() => {
    const { payee_id, refunded, amount, disputed } = this.payment();
    return this.isPaid() && !this.isOwn() && payee_id === this.me()?.id && refunded < amount && !disputed;
  });

  protected goOn(): void {
    this.visit.pay(this.payment());
  }

  protected cancel(): void {
    void this.deed.run(async () => {
      await this.payments.cancel(this.payment().id);
      this.ui.changed.next();
    });
  }

  protected refund(): void {
    this.ui.refund(this.payment().id);
  }
}
