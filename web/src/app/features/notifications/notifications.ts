import { ChangeDetectionStrategy, Component, inject, resource } from '@angular/core';

import { Api } from '@core/api';
import { Empty } from '@shared/empty';
import { Icon } from '@shared/icon';
import { Panes } from '@shared/panes';
import { Skeleton } from '@shared/spinner';
import { TimePipe } from '@shared/time';

/** What happened while one was away. */
@Component({
  selector: 'app-notifications',
  imports: [Empty, Icon, Panes, Skeleton, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-panes>
      <header class="pane-header"><h1 i18n="@@core.nav.notifications">Notifications</h1></header>
      @if (page.hasValue()) {
        <ul class="list">
          @for (each of page.value().items; track each.id) {
            <li class="row">
              <app-icon name="bell" />
              <span class="row-text"><span class="row-title">{{ each.preview }}</span><span class="row-line muted">{{ each.created_at | time: 'ago' }}</span></span>
            </li>
          } @empty {
            <li><app-empty icon="bell" heading="Nothing new" i18n-heading="@@notifications.none.heading" words="Mentions, replies and posts appear here." i18n-words="@@notifications.none.words" /></li>
          }
        </ul>
      } @else {
        <app-skeleton />
      }
    </app-panes>
  `,
})
export class Notifications {
  private readonly api = inject(Api);
  protected readonly page = resource({ loader: () => this.api.ask((http) => http.GET('/v1/notifications')) });
}
