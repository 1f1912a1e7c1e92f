import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';

import { Api } from '@core/api';
import type { Schemas } from '@core/wire';
import { Empty } from '@shared/empty';
import { Listing } from '@shared/listing';
import { LoadFailed } from '@shared/load-failed';
import { Skeleton } from '@shared/spinner';
import { TimePipe } from '@shared/time';

import { PaymentCard } from '../chat/payment-card';
import { PaymentUi } from '../payment-ui';
import type { PaymentRequest } from '../payments';

import { WalletPage } from './page';

/** The requests for money that one sent or got. */
@Component({
  selector: 'app-requests',
  imports: [Empty, LoadFailed, PaymentCard, Skeleton, TimePipe, WalletPage],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-wallet-page heading="Requests" i18n-heading="@@payments.requests">
      @switch (list.state()) {
        @case ('loading') { <app-skeleton /> }
        @case ('failed') { <app-load-failed [problem]="list.problem()" (again)="list.load()" /> }
        @default {
          <ul class="cards">
            @for (each of list.items(); track each.id) {
              <li class="card">
                <app-payment-card [payment]="shown(each)" (answered)="list.load()" />
                <p class="muted"><time [attr.datetime]="each.created_at">{{ each.created_at | time: 'full' }}</time></p>
              </li>
            } @empty {
              <li><app-empty icon="receive" heading="No requests" i18n-heading="@@payments.requests.none" words="You can ask people in your chats for money." i18n-words="@@payments.requests.none.words" /></li>
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
export class Requests {
  private readonly api = inject(Api);
  protected readonly list = new Listing<PaymentRequest>((after) =>
    this.api.ask((http) => http.GET('/v1/payment-requests', { params: { query: { after, limit: 30 } } })),
  );

  constructor() {
    inject(PaymentUi).changed.pipe(takeUntilDestroyed()).subscribe(() => void this.list.load());
    void this.list.load();
  }

  /** A request as its message shows it. */
  protected shown({ requester_id, ...request }: PaymentRequest): Schemas['ChatPaymentView'] {
    return { ...request, kind: 'request', payee_id: requester_id, refunded: 0, disputed: false };
  }
}
