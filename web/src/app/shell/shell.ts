import { ChangeDetectionStrategy, Component, effect, inject } from '@angular/core';
import { Router, RouterLink, RouterLinkActive, RouterOutlet } from '@angular/router';

import { Badges } from '@core/badges';
import { BASE_PATH } from '@core/base';
import { ChannelStore } from '@core/channels/channel-store';
import { Live } from '@core/live';
import { NotificationStore } from '@core/notifications/notification-store';
import { WebPush } from '@core/notifications/web-push';
import { Session } from '@core/session';
import { ChatStore } from '@core/store';
import { Avatar } from '@shared/avatar';
import { Icon } from '@shared/icon';

import { PaymentSheets } from '../features/payments';

import { ConnectionBar } from './connection-bar';
import { ErasureBar } from './erasure-bar';

/** What surrounds every page of somebody who is signed in: the rail (below, on a phone) and the page. */
@Component({
  selector: 'app-shell',
  imports: [Avatar, ConnectionBar, ErasureBar, Icon, PaymentSheets, RouterLink, RouterLinkActive, RouterOutlet],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'shell' },
  templateUrl: './shell.html',
})
export class Shell {
  private readonly router = inject(Router);
  protected readonly session = inject(Session);
  protected readonly badges = inject(Badges);
  protected readonly mark = `${inject(BASE_PATH)}icons/charla.svg`;

  constructor() {
    inject(Live);
    // Keeps the badge and what is shown next up to date on every page.
    inject(ChatStore);
    // They keep the counts of the rail, whatever page is open.
    inject(ChannelStore);
    inject(NotificationStore);
    inject(WebPush);
    effect(() => {
      if (this.session.state() === 'signed-out') void this.router.navigateByUrl('/sign-in');
    });
  }
}
