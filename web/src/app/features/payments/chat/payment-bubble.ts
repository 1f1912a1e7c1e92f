import { ChangeDetectionStrategy, Component, input } from '@angular/core';

import type { Schemas } from '@core/wire';

import { PaymentCard } from './payment-card';

/** The place of a payment in a bubble; its card is loaded where one is seen. */
@Component({
  selector: 'app-payment-bubble',
  imports: [PaymentCard],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @defer {
      <app-payment-card [payment]="payment()" />
    } @placeholder {
      <span class="payment-waiting"></span>
    }
  `,
})
export class PaymentBubble {
  readonly payment = input.required<Schemas['ChatPaymentView']>();
}
