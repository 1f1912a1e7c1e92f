import { ChangeDetectionStrategy, Component, OnInit, computed, inject, input, signal } from '@angular/core';

import { Api } from '@core/api';
import { Language } from '@core/language';
import { type ProblemError, asProblem } from '@core/problem';
import { Chart } from '@shared/chart/chart';
import { LoadFailed } from '@shared/load-failed';
import { CURRENCIES, digitsOf, usualCurrency } from '@shared/money/currencies';
import { MoneyPipe, formatMoney } from '@shared/money/format';
import { Skeleton } from '@shared/spinner';
import { regional } from '@shared/time';

import type { Earnings } from '../payments';
import { Purse } from '../purse';
import { kindWords } from '../words';

import { Sales } from './sales';

const SPANS = [7, 30, 90, 365] as const;

/** What a channel earned, or all of somebody's channels: by day as bars and as a table, and by kind. */
@Component({
  selector: 'app-earnings',
  imports: [Chart, LoadFailed, MoneyPipe, Sales, Skeleton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'selling' },
  templateUrl: './earnings.html',
})
export class EarningsView implements OnInit {
  private readonly api = inject(Api);
  private readonly purse = inject(Purse);
  private readonly language = inject(Language).current;
  private readonly region = regional(this.language);
  // The days are those of the server, in UTC.
  private readonly short = new Intl.DateTimeFormat(this.region, { day: 'numeric', month: 'short', timeZone: 'UTC' });
  private readonly long = new Intl.DateTimeFormat(this.region, { dateStyle: 'medium', timeZone: 'UTC' });
  private asked = 0;
  readonly channelId = input.required<string>();
  protected readonly spans = SPANS;
  protected readonly currencies = CURRENCIES;
  protected readonly kindWords = kindWords;
  protected readonly span = signal<number>(30);
  protected readonly currency = signal<string>(usualCurrency(this.language));
  protected readonly earnings = signal<Earnings | null>(null);
  protected readonly problem = signal<ProblemError | null>(null);
  protected readonly dayName = (day: string) => this.short.format(new Date(day));
  protected readonly longDay = (day: string) => this.long.format(new Date(day));
  protected readonly valueName = (amount: number, form: 'short' | 'whole') => (form === 'whole' ? formatMoney(amount, this.currency(), this.region) : this.shortly(amount));
  protected readonly days = computed(() => (this.earnings()?.days ?? []).map(dayOf));
  protected readonly points = computed(() => this.days().map((each) => ({ day: each.date, value: each.amount })));
  protected readonly busyDays = computed(() => this.days().filter((each) => each.payments > 0 || each.amount !== 0).reverse());
  protected readonly kinds = computed(() => Object.entries(this.earnings()?.kinds ?? {}).sort(([, a], [, b]) => b - a));

  ngOnInit(): void {
    void this.begin();
  }

  /** Begins with a currency in which there is something. */
  private async begin(): Promise<void> {
    if (!this.purse.balances()) await this.purse.loadBalances().catch(() => undefined);
    const held = this.purse.balances()?.map((each) => each.currency) ?? [];
    if (held.length && !held.includes(this.currency())) this.currency.set(held[0]!);
    await this.load();
  }

  protected choose(span: number): void {
    this.span.set(span);
    void this.load();
  }

  protected count(currency: string): void {
    this.currency.set(currency);
    void this.load();
  }

  protected async load(): Promise<void> {
    const mine = ++this.asked;
    this.problem.set(null);
    try {
      const query = { currency: this.currency(), days: this.span(), channel_id: this.channelId() };
      const found = await this.api.ask((http) => http.GET('/v1/earnings', { params: { query } }));
      if (mine === this.asked) this.earnings.set(found);
    } catch (error) {
      if (mine === this.asked) this.problem.set(asProblem(error));
    }
  }

  /** Beside the grid there is room for whole units only. */
  private shortly(amount: number): string {
    const format = new Intl.NumberFormat(this.region, { notation: 'compact', maximumFractionDigits: 1 });
    return format.format(amount / 10 ** digitsOf(this.currency()));
  }
}

/** The API describes the days as plain objects. */
function dayOf(answered: Record<string, unknown>): { date: string; amount: number; payments: number } {
  return { date: String(answered['date']), amount: Number(answered['amount'] ?? 0), payments: Number(answered['payments'] ?? 0) };
}
