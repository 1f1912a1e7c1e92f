import { ChangeDetectionStrategy, Component, computed, inject } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';

import { Api } from '@core/api';
import { Empty } from '@shared/empty';
import { Listing } from '@shared/listing';
import { LoadFailed } from '@shared/load-failed';
import { Skeleton } from '@shared/spinner';

import { PaymentUi } from '../payment-ui';
import type { PaidSubscription } from '../payments';

import { WalletPage } from './page';
import { SubscriptionCard } from './subscription-card';

/** What one pays for again and again. */
@Component({
  selector: 'app-subscriptions',
  imports: [Empty, LoadFailed, Skeleton, SubscriptionCard, WalletPage],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-wallet-page heading="Paid subscriptions" i18n-heading="@@payments.subscriptions">
      @switch (list.state()) {
        @case ('loading') { <app-skeleton /> }
        @case ('failed') { <app-load-failed [problem]="list.problem()" (again)="list.load()" /> }
        @default {
          <ul class="cards">
            @for (each of shown(); track each.id) {
              <li class="card"><app-subscription-card [subscription]="each" (changed)="put($event)" /></li>
            } @empty {
              <li><app-empty icon="star" heading="No paid subscriptions" i18n-heading="@@payments.subscriptions.none" words="Channels that sell access say so on their page." i18n-words="@@payments.subscriptions.none.words" /></li>
            }
          </ul>
          @if (list.hasMore()) {
            <button type="button" class="button is-quiet" (click)="list.more()" i18n="@@payments.more">Show more</button>
          }
        }
      }
    </app-wallet-page>
  `,
})
export class Subscriptions {
  private readonly api = inject(Api);
  protected readonly list = new Listing<PaidSubscription>((after) =>
    this.api.ask((http) => http.GET('/v1/paid-subscriptions', { params: { query: { after, limit: 30 } } })),
  );
  /** Those that were never paid are nothing that one has. */
  protected readonly shown = computed(() => this.list.items().filter((each) => each.status !== 'incomplete'));

  constructor() {
    inject(PaymentUi).changed.pipe(takeUntilDestroyed()).subscribe(() => void this.list.load());
    void this.list.load();
  }

  protected put(changed: PaidSubscription): void {
    this.list.change((all) => all.map((each) => (each.id === changed.id ? changed : each)));
  }
}
