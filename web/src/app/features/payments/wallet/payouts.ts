import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';

import { Api } from '@core/api';
import { Language } from '@core/language';
import { type ProblemError, asProblem } from '@core/problem';
import { Empty } from '@shared/empty';
import { Control, Field } from '@shared/field';
import { Icon } from '@shared/icon';
import { Listing } from '@shared/listing';
import { LoadFailed } from '@shared/load-failed';
import { AmountField } from '@shared/money/amount-field';
import { CURRENCIES, usualCurrency } from '@shared/money/currencies';
import { MoneyPipe } from '@shared/money/format';
import { MoneyInput } from '@shared/money/money-input';
import { Notice } from '@shared/notice';
import { Skeleton } from '@shared/spinner';
import { Submission } from '@shared/submission';
import { TimePipe, regional } from '@shared/time';
import { Toasts } from '@shared/toast';

import { Intention } from '../paying/intention';
import { ProviderVisit } from '../paying/provider-visit';
import { PaymentUi } from '../payment-ui';
import { Payments, type Payout, type PayoutAccount } from '../payments';
import { Purse } from '../purse';
import { payoutWords } from '../words';

import { WalletPage } from './page';

const COUNTRIES = ['AT', 'BE', 'DE', 'ES', 'FR', 'GB', 'IE', 'IT', 'JP', 'MX', 'NL', 'PT', 'US'] as const;

/** Money on its way to one's bank: say where, ask for it, see what became of it. */
@Component({
  selector: 'app-payouts',
  imports: [AmountField, Control, Empty, Field, Icon, LoadFailed, MoneyPipe, Notice, Skeleton, TimePipe, WalletPage],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './payouts.html',
})
export class Payouts {
  private readonly api = inject(Api);
  private readonly language = inject(Language).current;
  private readonly region = regional(this.language);
  private readonly payments = inject(Payments);
  private readonly purse = inject(Purse);
  private readonly toasts = inject(Toasts);
  private readonly ui = inject(PaymentUi);
  private readonly visit = inject(ProviderVisit);
  private readonly intention = new Intention();
  protected readonly payoutWords = payoutWords;
  protected readonly account = signal<PayoutAccount | null>(null);
  protected readonly problem = signal<ProblemError | null>(null);
  protected readonly country = signal(this.region.split('-')[1] ?? (this.language === 'es' ? 'ES' : 'GB'));
  protected readonly countries = this.countryNames();
  protected readonly money = new MoneyInput(usualCurrency(this.language), this.region);
  protected readonly opening = new Submission();
  protected readonly sending = new Submission();
  protected readonly available = computed(() => this.purse.available(this.money.currency()));
  protected readonly list = new Listing<Payout>((after) => this.api.ask((http) => http.GET('/v1/payouts', { params: { query: { after, limit: 30 } } })));

  constructor() {
    void this.load();
    void this.list.load();
    void this.purse.loadBalances().then(() => this.proposeCurrency(), () => undefined);
  }

  protected async load(): Promise<void> {
    this.problem.set(null);
    try {
      this.account.set(await this.api.ask((http) => http.GET('/v1/payout-account')));
    } catch (error) {
      this.problem.set(asProblem(error));
    }
  }

  /** Goes to the provider's questions; they lead back here. */
  protected open(): void {
    const body = { country: this.account()?.country ?? this.country(), return_path: this.visit.placed('wallet/payouts') };
    void this.opening.run(async () => {
      const account = await this.api.ask((http) => http.POST('/v1/payout-account', { body }));
      if (account.onboarding_url) this.visit.go(account.onboarding_url);
      else this.account.set(account);
    });
  }

  protected submit(event: Event): void {
    event.preventDefault();
    this.money.isTried.set(true);
    const amount = this.money.amount();
    if (amount === null) return;
    const body = { amount, currency: this.money.currency() };
    void this.sending.run(async () => {
      await this.payments.payOut(this.intention.keyFor(body), body);
      this.intention.done();
      this.money.clear();
      this.toasts.show($localize`:@@payments.payouts.told:The money is on its way to your bank.`);
      this.ui.changed.next();
      await this.list.load();
    });
  }

  /** Proposes a currency in which there is something, where the usual one is none of them. */
  private proposeCurrency(): void {
    const balances = this.purse.balances() ?? [];
    if (this.money.text() || balances.some((each) => each.currency === this.money.currency())) return;
    const held = balances.find((each) => each.available > 0) ?? balances[0];
    const known = CURRENCIES.find((each) => each === held?.currency);
    if (known) this.money.currency.set(known);
  }

  private countryNames(): readonly { id: string; name: string }[] {
    const names = new Intl.DisplayNames(this.region, { type: 'region' });
    const all = COUNTRIES.map((id) => ({ id, name: names.of(id) ?? id }));
    return all.sort((a, b) => a.name.localeCompare(b.name, this.region));
  }
}
