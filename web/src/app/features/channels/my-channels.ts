import { ChangeDetectionStrategy, Component, inject, resource } from '@angular/core';

import { Api } from '@core/api';
import { Avatar } from '@shared/avatar';
import { Empty } from '@shared/empty';
import { Panes } from '@shared/panes';
import { Skeleton } from '@shared/spinner';

/** The channels that one follows. */
@Component({
  selector: 'app-my-channels',
  imports: [Avatar, Empty, Panes, Skeleton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-panes>
      <header class="pane-header"><h1 i18n="@@core.nav.channels">Channels</h1></header>
      @if (page.hasValue()) {
        <ul class="list">
          @for (each of page.value().items; track each.id) {
            <li class="row">
              <app-avatar [id]="each.id" [name]="each.title" />
              <span class="row-text"><span class="row-title">{{ each.title }}</span><span class="row-line muted">{{ each.description }}</span></span>
            </li>
          } @empty {
            <li><app-empty icon="channel" heading="No channels yet" i18n-heading="@@channels.none.heading" words="Channels that you follow appear here." i18n-words="@@channels.none.words" /></li>
          }
        </ul>
      } @else {
        <app-skeleton />
      }
    </app-panes>
  `,
})
export class MyChannels {
  private readonly api = inject(Api);
  protected readonly page = resource({ loader: () => this.api.ask((http) => http.GET('/v1/channels/mine')) });
}
