import { ChangeDetectionStrategy, Component, OnInit, computed, inject, input, signal } from '@angular/core';

import { Language } from '@core/language';
import { People } from '@core/store';
import { Dialog } from '@shared/dialog';
import { Control, Field } from '@shared/field';
import { AmountField } from '@shared/money/amount-field';
import { usualCurrency } from '@shared/money/currencies';
import { MoneyPipe } from '@shared/money/format';
import { MoneyInput } from '@shared/money/money-input';
import { Notice } from '@shared/notice';
import { Submission } from '@shared/submission';
import { regional } from '@shared/time';
import { Toasts } from '@shared/toast';

import { PaymentUi } from '../payment-ui';
import { CARD, type Payment, Payments } from '../payments';

import { Intention } from './intention';
import { MethodChoice } from './method-choice';
import { PayFlow } from './pay-flow';
import { ProviderVisit } from './provider-visit';
import type { Wish } from './wish';

type Payable = Exclude<Wish, { kind: 'plan' }>;
const LONGEST_NOTE = 300;

/** Pays, tips, buys, tops up, or asks for money: how much, to whom, with what. */
@Component({
  selector: 'app-pay-sheet',
  imports: [AmountField, Control, Dialog, Field, MethodChoice, MoneyPipe, Notice],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './pay-sheet.html',
})
export class PaySheet implements OnInit {
  private readonly flow = inject(PayFlow);
  private readonly language = inject(Language).current;
  private readonly payments = inject(Payments);
  private readonly people = inject(People);
  private readonly toasts = inject(Toasts);
  private readonly visit = inject(ProviderVisit);
  protected readonly ui = inject(PaymentUi);
  readonly wish = input.required<Payable>();

  protected readonly longest = LONGEST_NOTE;
  protected readonly money = new MoneyInput(usualCurrency(this.language), regional(this.language));
  protected readonly note = signal('');
  protected readonly method = signal(CARD);
  private readonly person = signal<string | null>(null);
  /** Why the bank did not want it. */
  protected readonly refused = signal<string | null>(null);
  protected readonly sending = new Submission({ amount_invalid: 'amount' });
  private readonly intention = new Intention();

  protected readonly price = computed(() => {
    const wish = this.wish();
    return 'amount' in wish ? { amount: wish.amount, currency: wish.currency } : null;
  });
  protected readonly amount = computed(() => this.price()?.amount ?? this.money.amount());
  protected readonly currency = computed(() => this.price()?.currency ?? this.money.currency());
  protected readonly isRequest = computed(() => this.wish().kind === 'request');
  protected readonly isTopUp = computed(() => this.wish().kind === 'top_up');
  /** Money for advertising is of one currency, and cannot be paid out. */
  protected readonly isForAds = computed(() => {
    const wish = this.wish();
    return wish.kind === 'top_up' && wish.purpose === 'ads';
  });
  protected readonly hasNote = computed(() => ['pay', 'request', 'tip'].includes(this.wish().kind));
  protected readonly choices = computed(() => {
    const wish = this.wish();
    return 'people' in wish ? wish.people.map((id) => ({ id, name: this.nameOf(id) })) : [];
  });
  protected readonly chosenPerson = computed(() => this.person() ?? this.choices()[0]?.id ?? '');
  protected readonly problem = computed(() => this.refused() ?? this.sending.general() ?? this.sending.at('amount'));
  protected readonly heading = computed(() => {
    switch (this.wish().kind) {
      case 'request':
        return $localize`:@@payments.sheet.request:Ask for money`;
      case 'tip':
        return $localize`:@@payments.sheet.tip:Give a tip`;
      case 'post':
        return $localize`:@@payments.sheet.post:Buy the post`;
      case 'top_up':
        return this.isForAds() ? $localize`:@@ads.top_up:Top up for advertising` : $localize`:@@payments.sheet.top_up:Top up your balance`;
      default:
        return $localize`:@@payments.sheet.pay:Pay`;
    }
  });
  /** Whom it is for, where nobody is to be chosen. */
  protected readonly recipient = computed(() => {
    const wish = this.wish();
    if (wish.kind === 'tip') return wish.name;
    if (wish.kind === 'answer') return this.nameOf(wish.payeeId);
    return this.choices().length === 1 ? this.choices()[0]!.name : '';
  });

  ngOnInit(): void {
    const wish = this.wish();
    if (wish.kind === 'top_up' && wish.currency) this.money.currency.set(wish.currency);
  }

  protected choose(person: string): void {
    this.person.set(person);
  }

  protected submit(event: Event): void {
    event.preventDefault();
    event.stopPropagation();
    this.money.isTried.set(true);
    const amount = this.amount();
    if (amount === null) return;
    this.refused.set(null);
    void this.sending.run(() => (this.isRequest() ? this.ask(amount) : this.pay(amount)));
  }

  private async ask(amount: number): Promise<void> {
    const wish = this.wish();
    if (wish.kind !== 'request') return;
    const body = { conversation_id: wish.conversationId, payer_id: this.chosenPerson(), amount, currency: this.currency(), note: this.note().trim() };
    await this.payments.request(this.intention.keyFor(body), body);
    this.intention.done();
    this.ui.close();
    this.ui.changed.next();
    this.toasts.show($localize`:@@payments.told.asked:Your request was sent.`);
  }

  private async pay(amount: number): Promise<void> {
    const begun = await this.begin(amount);
    this.intention.done();
    const payment = await this.flow.goOn(begun);
    if (!payment) return;
    this.refused.set(this.flow.tell(payment));
    if (!this.refused()) this.ui.close();
  }

  private begin(amount: number): Promise<Payment> {
    const wish = this.wish();
    const paying = { method: this.method(), return_path: this.visit.returnPath() };
    const body = { ...paying, amount, currency: this.currency(), note: this.note().trim() };
    const key = this.intention.keyFor(wish, body, this.chosenPerson());
    switch (wish.kind) {
      case 'answer':
        return this.payments.payRequest(key, wish.requestId, paying);
      case 'tip':
        return this.payments.tip(key, { ...body, ...wish.target });
      case 'post':
        return this.payments.buyPost(key, wish.postId, paying);
      case 'top_up':
        return this.payments.topUp(key, { amount, currency: this.currency(), purpose: wish.purpose ?? 'balance', return_path: paying.return_path });
      default:
        return this.payments.pay(key, { ...body, conversation_id: wish.conversationId, payee_id: this.chosenPerson() });
    }
  }

  private nameOf(id: string): string {
    return this.people.get(id)?.display_name ?? '…';
  }
}
