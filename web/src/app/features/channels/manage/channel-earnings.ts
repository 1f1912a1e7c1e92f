import { ChangeDetectionStrategy, Component, inject } from '@angular/core';

import { EarningsView } from '../../payments';
import { CurrentChannel } from '../current-channel';

import { SubPage } from './sub-page';

/** What a channel earned. */
@Component({
  selector: 'app-channel-earnings-page',
  imports: [EarningsView, SubPage],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-sub-page heading="Earnings" i18n-heading="@@payments.earnings" [wide]="true">
      <app-earnings [channelId]="current.now.id" />
    </app-sub-page>
  `,
})
export class ChannelEarnings {
  protected readonly current = inject(CurrentChannel);
}
