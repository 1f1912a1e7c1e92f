import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { Router, RouterLink, RouterLinkActive, isActive } from '@angular/router';

import { type ProblemError, asProblem } from '@core/problem';
import { Icon } from '@shared/icon';
import { LoadFailed } from '@shared/load-failed';
import { MoneyPipe } from '@shared/money/format';
import { Panes } from '@shared/panes';
import { Skeleton } from '@shared/spinner';

import { PaymentUi } from '../payment-ui';
import { Purse } from '../purse';

/** What somebody has, in each currency, and the topics of their wallet. */
@Component({
  selector: 'app-wallet',
  imports: [Icon, LoadFailed, MoneyPipe, Panes, RouterLink, RouterLinkActive, Skeleton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './wallet.html',
})
export class Wallet {
  private readonly ui = inject(PaymentUi);
  protected readonly purse = inject(Purse);
  protected readonly problem = signal<ProblemError | null>(null);
  protected readonly topics: readonly { path: string; icon: string; name: string }[] = [
    { path: 'activity', icon: 'wallet', name: $localize`:@@payments.activity:Account and statements` },
    { path: 'payments', icon: 'coin', name: $localize`:@@payments.payments:Payments` },
    { path: 'requests', icon: 'receive', name: $localize`:@@payments.requests:Requests` },
    { path: 'cards', icon: 'card', name: $localize`:@@payments.cards:Saved cards` },
    { path: 'subscriptions', icon: 'star', name: $localize`:@@payments.subscriptions:Paid subscriptions` },
    { path: '/advertising', icon: 'speaker', name: $localize`:@@ads.console:Advertise on Charla` },
    { path: 'payouts', icon: 'bank', name: $localize`:@@payments.payouts:Payouts` },
  ];

  /** Nothing was chosen: where there is room, the account stands beside the topics. */
  protected readonly isHome = isActive('/wallet', inject(Router), { paths: 'exact', queryParams: 'ignored', fragment: 'ignored', matrixParams: 'ignored' });

  constructor() {
    this.ui.changed.pipe(takeUntilDestroyed()).subscribe(() => void this.load());
    void this.load();
  }

  protected topUp(): void {
    this.ui.show({ kind: 'top_up' });
  }

  protected async load(): Promise<void> {
    try {
      await this.purse.loadBalances();
      this.problem.set(null);
    } catch (error) {
      this.problem.set(asProblem(error));
    }
  }
}
