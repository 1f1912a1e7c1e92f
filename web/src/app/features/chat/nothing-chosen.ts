import { ChangeDetectionStrategy, Component } from '@angular/core';

import { Empty } from '@shared/empty';

@Component({
  selector: 'app-nothing-chosen',
  imports: [Empty],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'pane-centre' },
  template: `
    <app-empty icon="chat" heading="Your chats" i18n-heading="@@chat.nothing_chosen.heading" words="Choose one from the list, or begin a new one." i18n-words="@@chat.nothing_chosen.words" />
  `,
})
export class NothingChosen {
  readonly isPlaceholder = true;
}
