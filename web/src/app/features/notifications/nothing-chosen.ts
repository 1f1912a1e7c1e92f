import { ChangeDetectionStrategy, Component } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Empty } from '@shared/empty';

@Component({
  selector: 'app-no-notification-chosen',
  imports: [Empty, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'pane-centre' },
  template: `
    <app-empty icon="bell" heading="Notifications" i18n-heading="@@core.nav.notifications"
      words="Press one to see what it is about. You decide what you are told of, and when." i18n-words="@@notifications.nothing_chosen.words">
      <a class="button is-quiet" routerLink="/notifications/preferences" i18n="@@notifications.preferences">Notification settings</a>
    </app-empty>
  `,
})
export class NothingChosen {
  readonly isPlaceholder = true;
}
