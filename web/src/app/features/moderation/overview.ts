import { ChangeDetectionStrategy, Component } from '@angular/core';

import { Empty } from '@shared/empty';

@Component({
  selector: 'app-moderation-overview',
  imports: [Empty],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'pane-centre' },
  template: `<app-empty icon="shield" heading="Moderation" i18n-heading="@@moderation" words="Choose a topic from the list." i18n-words="@@settings.choose" />`,
})
export class ModerationOverview {
  readonly isPlaceholder = true;
}
