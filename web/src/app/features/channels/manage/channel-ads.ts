import { ChangeDetectionStrategy, Component, inject } from '@angular/core';

import { ChannelAdvertising } from '../../ads';
import { CurrentChannel } from '../current-channel';

import { SubPage } from './sub-page';

/** The owner's say about advertising in a channel. */
@Component({
  selector: 'app-channel-ads-page',
  imports: [ChannelAdvertising, SubPage],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-sub-page heading="Advertising" i18n-heading="@@ads.settings.heading" [wide]="true">
      <app-channel-advertising [channelId]="current.now.id" />
    </app-sub-page>
  `,
})
export class ChannelAdsPage {
  protected readonly current = inject(CurrentChannel);
}
