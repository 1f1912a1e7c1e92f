import { ChangeDetectionStrategy, Component, input } from '@angular/core';

import { Coupons } from './coupons';
import { Plans } from './plans';

/** What a channel sells: its plans, and the coupons for them. */
@Component({
  selector: 'app-channel-selling',
  imports: [Coupons, Plans],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'selling' },
  template: `
    <app-plans [channelId]="channelId()" />
    <app-coupons [channelId]="channelId()" />
  `,
})
export class Selling {
  readonly channelId = input.required<string>();
}
