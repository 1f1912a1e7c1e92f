import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { RouterLink, RouterLinkActive } from '@angular/router';

import { type ProblemError, asProblem } from '@core/problem';
import { Icon } from '@shared/icon';
import { LoadFailed } from '@shared/load-failed';
import { type Currency } from '@shared/money/currencies';
import { MoneyPipe } from '@shared/money/format';
import { Panes } from '@shared/panes';
import { Skeleton } from '@shared/spinner';

import { PaymentUi, Purse } from '../../payments';

import { statusWords } from '../words';

import { Campaigns } from './campaigns';

/** The left side of the console: what is left of the prepaid money, and the campaigns. */
@Component({
  selector: 'app-ad-console',
  imports: [Icon, LoadFailed, MoneyPipe, Panes, RouterLink, RouterLinkActive, Skeleton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './console.html',
})
export class Console {
  private readonly purse = inject(Purse);
  private readonly ui = inject(PaymentUi);
  protected readonly campaigns = inject(Campaigns);
  protected readonly problem = signal<ProblemError | null>(null);
  protected readonly currency = signal<Currency | null>(null);
  protected readonly statusWords = statusWords;
  protected readonly prepaid = computed(() => this.purse.balances()?.find((each) => each.currency === this.currency())?.ads ?? 0);

  constructor() {
    this.ui.changed.pipe(takeUntilDestroyed()).subscribe(() => void this.purse.loadBalances().catch(() => undefined));
    void this.load();
  }

  protected topUp(): void {
    this.ui.show({ kind: 'top_up', purpose: 'ads', currency: this.currency() ?? 'EUR' });
  }

  protected async load(): Promise<void> {
    this.problem.set(null);
    try {
      const [currency] = await Promise.all([this.campaigns.currency(), this.campaigns.load(), this.purse.loadBalances()]);
      this.currency.set(currency);
    } catch (error) {
      this.problem.set(asProblem(error));
    }
  }
}
