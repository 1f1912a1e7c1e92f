import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { ActivatedRoute, RouterLink } from '@angular/router';

import { Api } from '@core/api';
import { Language } from '@core/language';
import { Empty } from '@shared/empty';
import { Control, Field } from '@shared/field';
import { Icon } from '@shared/icon';
import { Listing } from '@shared/listing';
import { LoadFailed } from '@shared/load-failed';
import { CURRENCIES, usualCurrency } from '@shared/money/currencies';
import { MoneyPipe } from '@shared/money/format';
import { Skeleton } from '@shared/spinner';
import { TimePipe, regional } from '@shared/time';
import { Toasts } from '@shared/toast';

import { PaymentUi } from '../payment-ui';
import type { Line } from '../payments';
import { Purse } from '../purse';
import { lineWords } from '../words';

import { WalletPage } from './page';
import { PrivateFiles } from './private-files';

const PAGE = 30;
const ISO_MONTH = 7;
const MONTHS = 24;

/** The lines of one's account in a currency, and its statements by month. */
@Component({
  selector: 'app-activity',
  imports: [Control, Empty, Field, Icon, LoadFailed, MoneyPipe, RouterLink, Skeleton, TimePipe, WalletPage],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './activity.html',
})
export class Activity {
  private readonly api = inject(Api);
  private readonly files = inject(PrivateFiles);
  private readonly purse = inject(Purse);
  private readonly toasts = inject(Toasts);
  private readonly language = inject(Language).current;
  private readonly usual = usualCurrency(this.language);
  private readonly wanted = signal<string | null>(null);
  /** Where nothing was chosen it stands beside the wallet, and a phone shows that alone. */
  readonly isPlaceholder = inject(ActivatedRoute).snapshot.routeConfig?.path === '';
  protected readonly lineWords = lineWords;
  /** The last ones, by UTC as the server counts them. */
  protected readonly months = lastMonths(new Date(), regional(this.language));
  protected readonly month = signal(this.months[0]!.id);
  protected readonly busy = signal(false);
  protected readonly currencies = computed(() => {
    const held = this.purse.balances()?.map((each) => each.currency) ?? [];
    return held.length ? held : CURRENCIES;
  });
  protected readonly currency = computed(() => this.wanted() ?? this.currencies().find((each) => each === this.usual) ?? this.currencies()[0] ?? 'EUR');
  protected readonly list = new Listing<Line>((after) => {
    const query = { currency: this.currency(), after, limit: PAGE };
    return this.api.ask((http) => http.GET('/v1/balance/lines', { params: { query } }));
  });

  constructor() {
    inject(PaymentUi).changed.pipe(takeUntilDestroyed()).subscribe(() => void this.list.load());
    void this.begin();
  }

  protected choose(currency: string): void {
    this.wanted.set(currency);
    void this.list.load();
  }

  protected isPending(line: Line): boolean {
    return Date.parse(line.available_at) > Date.now();
  }

  protected fetchStatement(): void {
    void this.toasts.attempt(this.busy, () => this.files.saveStatement(this.currency(), this.month()));
  }

  private async begin(): Promise<void> {
    if (!this.purse.balances()) await this.purse.loadBalances().catch(() => undefined);
    await this.list.load();
  }
}

function lastMonths(now: Date, region: string): readonly { id: string; name: string }[] {
  const name = new Intl.DateTimeFormat(region, { month: 'long', year: 'numeric', timeZone: 'UTC' });
  return Array.from({ length: MONTHS }, (_, ago) => {
    const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - ago, 1));
    return { id: month.toISOString().slice(0, ISO_MONTH), name: name.format(month) };
  });
}
