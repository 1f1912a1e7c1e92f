import { ChangeDetectionStrategy, Component, inject } from '@angular/core';

import { Selling } from '../../payments';
import { CurrentChannel } from '../current-channel';

import { SubPage } from './sub-page';

/** What a channel sells. */
@Component({
  selector: 'app-channel-selling-page',
  imports: [Selling, SubPage],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-sub-page heading="Plans and coupons" i18n-heading="@@payments.selling">
      <app-channel-selling [channelId]="current.now.id" />
    </app-sub-page>
  `,
})
export class ChannelSelling {
  protected readonly current = inject(CurrentChannel);
}
