import { ChangeDetectionStrategy, Component, computed, inject, input, output } from '@angular/core';

import { Session } from '@core/session';
import { People } from '@core/store';
import type { Schemas } from '@core/wire';
import { Icon } from '@shared/icon';
import { MoneyPipe } from '@shared/money/format';
import { Submission } from '@shared/submission';

import { PaymentUi } from '../payment-ui';
import { Payments } from '../payments';
import { ReceiptLinks } from '../wallet/receipt-links';
import { statusTone, statusWords } from '../words';

/** A payment or a request for money in a chat: how much, from whom to whom, what became of it, what one can do. */
@Component({
  selector: 'app-payment-card',
  imports: [Icon, MoneyPipe, ReceiptLinks],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'payment-card', role: 'group', '[attr.aria-label]': 'title()' },
  templateUrl: './payment-card.html',
})
export class PaymentCard {
  private readonly me = inject(Session).me;
  private readonly payments = inject(Payments);
  private readonly people = inject(People);
  protected readonly ui = inject(PaymentUi);
  readonly payment = input.required<Schemas['ChatPaymentView']>();
  /** One has declined it, or taken it back. */
  readonly answered = output<void>();

  protected readonly deed = new Submission();
  private readonly isPayer = computed(() => this.payment().payer_id === this.me()?.id);
  private readonly isPayee = computed(() => this.payment().payee_id === this.me()?.id);
  protected readonly isRequest = computed(() => this.payment().kind === 'request');
  private readonly isOpenRequest = computed(() => this.isRequest() && this.payment().status === 'open');
  protected readonly mayPay = computed(() => this.isOpenRequest() && this.isPayer());
  protected readonly mayCancel = computed(() => this.isOpenRequest() && this.isPayee());
  private readonly isPaid = computed(() => ['succeeded', 'paid'].includes(this.payment().status) && !!this.payment().payment_id);
  protected readonly hasReceipt = computed(() => this.isPaid() && (this.isPayer() || this.isPayee()));
  protected readonly mayRefund = computed(() => this.isPaid() && this.isPayee() && this.payment().refunded < this.payment().amount && !this.payment().disputed);
  protected readonly status = computed(() => statusWords(this.payment()));
  protected readonly tone = computed(() => statusTone(this.payment()));
  protected readonly title = computed(() => {
    const { payer_id, payee_id } = this.payment();
    const [payer, payee] = [this.nameOf(payer_id), this.nameOf(payee_id)];
    if (!this.isRequest()) {
      if (this.isPayer()) return $localize`:@@payments.card.you_paid:You paid ${payee}:name:`;
      if (this.isPayee()) return $localize`:@@payments.card.paid_you:${payer}:name: paid you`;
      return $localize`:@@payments.card.paid:${payer}:payer: paid ${payee}:payee:`;
    }
    if (this.isPayee()) return $localize`:@@payments.card.you_ask:You ask ${payer}:name: for`;
    if (this.isPayer()) return $localize`:@@payments.card.asks_you:${payee}:name: asks you for`;
    return $localize`:@@payments.card.asks:${payee}:payee: asks ${payer}:payer: for`;
  });

  protected pay(): void {
    const { id, payee_id, amount, currency, note } = this.payment();
    this.ui.show({ kind: 'answer', requestId: id, payeeId: payee_id, amount, currency, note });
  }

  protected refund(): void {
    this.ui.refund(this.payment().payment_id!);
  }

  protected decline(): void {
    void this.answer(() => this.payments.declineRequest(this.payment().id));
  }

  protected cancel(): void {
    void this.answer(() => this.payments.cancelRequest(this.payment().id));
  }

  private answer(work: () => Promise<unknown>): Promise<void> {
    return this.deed.run(async () => {
      await work();
      this.answered.emit();
    });
  }

  private nameOf(id: string): string {
    return this.people.get(id)?.display_name ?? '…';
  }
}
