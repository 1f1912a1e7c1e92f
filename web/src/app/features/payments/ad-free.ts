import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';
import { RouterLink } from '@angular/router';

import { type ProblemError, asProblem } from '@core/problem';
import { Icon } from '@shared/icon';
import { LoadFailed } from '@shared/load-failed';
import { MoneyPipe } from '@shared/money/format';
import { Skeleton } from '@shared/spinner';
import { TimePipe } from '@shared/time';

import { Access } from './access';
import { PaymentUi } from './payment-ui';
import { Payments, type Plan } from './payments';
import { WalletPage } from './wallet/page';

/** Charla without advertising: what it costs, or until when it is paid. */
@Component({
  selector: 'app-ad-free',
  imports: [Icon, LoadFailed, MoneyPipe, RouterLink, Skeleton, TimePipe, WalletPage],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-wallet-page heading="Charla without advertising" i18n-heading="@@payments.kind.ad_free" [back]="'/settings'">
      @if (problem(); as refused) {
        <app-load-failed [problem]="refused" (again)="load()" />
      } @else if (mine(); as mine) {
        <section class="panel">
          <p class="state-line" data-tone="good"><app-icon name="check" /><span i18n="@@payments.ad_free.until">You see no advertising until {{ mine.until | time: 'full' }}.</span></p>
          <p class="panel-actions"><a class="button is-quiet" routerLink="/wallet/subscriptions" i18n="@@payments.bar.manage">Manage</a></p>
        </section>
      } @else if (plan(); as plan) {
        <section class="panel">
          <p i18n="@@payments.ad_free.words">Channels may show advertising, of which their owners get a share. If you would rather see none, pay a little instead.</p>
          <p class="pay-price"><span i18n="@@payments.per_period">{{ plan.amount | money: plan.currency }} for {{ plan.period_days }} days</span></p>
          <p class="panel-actions"><button type="button" class="button" (click)="subscribe()" i18n="@@payments.subscribe">Subscribe</button></p>
        </section>
      } @else {
        <app-skeleton [lines]="[1]" />
      }
    </app-wallet-page>
  `,
})
export class AdFree {
  private readonly access = inject(Access);
  private readonly payments = inject(Payments);
  private readonly ui = inject(PaymentUi);
  protected readonly plan = signal<Plan | null>(null);
  protected readonly problem = signal<ProblemError | null>(null);
  protected readonly mine = computed(() => this.access.of('ad_free'));

  constructor() {
    void this.load();
  }

  protected subscribe(): void {
    this.ui.show({ kind: 'plan', channelId: null, title: $localize`:@@payments.kind.ad_free:Charla without advertising` });
  }

  protected async load(): Promise<void> {
    this.problem.set(null);
    try {
      await this.access.load();
      this.plan.set((await this.payments.plans(null))[0] ?? null);
    } catch (error) {
      this.problem.set(asProblem(error));
    }
  }
}
