import { ChangeDetectionStrategy, Component, inject } from '@angular/core';

import { PaymentUi } from '../payment-ui';

import { PaySheet } from './pay-sheet';
import { RefundSheet } from './refund-sheet';
import { SubscribeSheet } from './subscribe-sheet';

/** The sheet that is asked for; a new one each time, so that nothing of the last one is left in it. */
@Component({
  selector: 'app-payment-sheet',
  imports: [PaySheet, RefundSheet, SubscribeSheet],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @for (wish of [ui.wish()]; track wish) {
      @if (wish?.kind === 'plan') {
        <app-subscribe-sheet [channelId]="$any(wish).channelId" [title]="$any(wish).title" />
      } @else if (wish) {
        <app-pay-sheet [wish]="$any(wish)" />
      }
    }
    @for (refunding of [ui.refunding()]; track refunding) {
      @if (refunding) {
        <app-refund-sheet [paymentId]="refunding.paymentId" />
      }
    }
  `,
})
export class Sheets {
  protected readonly ui = inject(PaymentUi);
}
