import { ChangeDetectionStrategy, Component, OnInit, computed, inject, input } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';

import { Listing } from '@shared/listing';
import { LoadFailed } from '@shared/load-failed';
import { Skeleton } from '@shared/spinner';

import { PaymentUi } from '../payment-ui';
import { type Payment, Payments } from '../payments';
import { PaymentRow } from '../wallet/payment-row';

/** The payments that a channel's owner got for it, and can give back. */
@Component({
  selector: 'app-sales',
  imports: [LoadFailed, PaymentRow, Skeleton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'selling-part' },
  template: `
    <h3 class="part-heading" i18n="@@payments.sales">Payments</h3>
    @switch (list.state()) {
      @case ('loading') { <app-skeleton [lines]="[1, 2]" /> }
      @case ('failed') { <app-load-failed [problem]="list.problem()" (again)="list.load()" /> }
      @default {
        <ul class="cards">
          @for (each of ofChannel(); track each.id) {
            <li class="card"><app-payment-row [payment]="each" /></li>
          } @empty {
            <li class="muted" i18n="@@payments.sales.none">Nobody has paid for this channel yet.</li>
          }
        </ul>
        @if (list.hasMore()) {
          <button type="button" class="button is-quiet" (click)="list.more()" i18n="@@payments.more">Show more</button>
        }
      }
    }
  `,
})
export class Sales implements OnInit {
  private readonly payments = inject(Payments);
  readonly channelId = input.required<string>();
  protected readonly list = new Listing<Payment>((after) => this.payments.list('payee', after, 50));
  protected readonly ofChannel = computed(() => this.list.items().filter((each) => each.channel_id === this.channelId()));

  constructor() {
    inject(PaymentUi).changed.pipe(takeUntilDestroyed()).subscribe(() => void this.list.load());
  }

  ngOnInit(): void {
    void this.list.load();
  }
}
