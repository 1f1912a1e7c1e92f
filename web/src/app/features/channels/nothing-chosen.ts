import { ChangeDetectionStrategy, Component } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Empty } from '@shared/empty';

@Component({
  selector: 'app-no-channel-chosen',
  imports: [Empty, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'pane-centre' },
  template: `
    <app-empty icon="channel" heading="Your channels" i18n-heading="@@channels.nothing_chosen.heading"
      words="Choose one from the list, or find one to follow." i18n-words="@@channels.nothing_chosen.words">
      <a class="button is-quiet" routerLink="/channels/browse" i18n="@@channels.browse">Find channels</a>
    </app-empty>
  `,
})
export class NothingChosen {
  readonly isPlaceholder = true;
}
