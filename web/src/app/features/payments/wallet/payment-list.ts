import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';

import { Empty } from '@shared/empty';
import { Listing } from '@shared/listing';
import { LoadFailed } from '@shared/load-failed';
import { Skeleton } from '@shared/spinner';

import { PaymentUi } from '../payment-ui';
import { type Payment, Payments } from '../payments';

import { WalletPage } from './page';
import { PaymentRow } from './payment-row';

type Role = 'payer' | 'payee';

/** The payments that one made, or got. */
@Component({
  selector: 'app-payment-list',
  imports: [Empty, LoadFailed, PaymentRow, Skeleton, WalletPage],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-wallet-page heading="Payments" i18n-heading="@@payments.payments">
      <div class="chips" role="group" aria-label="Which payments" i18n-aria-label="@@payments.which">
        <button type="button" class="chip" [class.is-on]="role() === 'payer'" [attr.aria-pressed]="role() === 'payer'" (click)="choose('payer')" i18n="@@payments.made">Made</button>
        <button type="button" class="chip" [class.is-on]="role() === 'payee'" [attr.aria-pressed]="role() === 'payee'" (click)="choose('payee')" i18n="@@payments.received">Received</button>
      </div>
      @switch (list.state()) {
        @case ('loading') { <app-skeleton /> }
        @case ('failed') { <app-load-failed [problem]="list.problem()" (again)="list.load()" /> }
        @default {
          <ul class="cards">
            @for (each of list.items(); track each.id) {
              <li class="card"><app-payment-row [payment]="each" /></li>
            } @empty {
              <li><app-empty icon="coin" heading="No payments yet" i18n-heading="@@payments.payments.none" words="You can pay people in your chats." i18n-words="@@payments.payments.none.words" /></li>
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
export class PaymentList {
  private readonly payments = inject(Payments);
  protected readonly role = signal<Role>('payer');
  protected readonly list = new Listing<Payment>((after) => this.payments.list(this.role(), after));

  constructor() {
    inject(PaymentUi).changed.pipe(takeUntilDestroyed()).subscribe(() => void this.list.load());
    void this.list.load();
  }

  protected choose(role: Role): void {
    this.role.set(role);
    void this.list.load();
  }
}
