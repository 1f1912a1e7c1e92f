import { ChangeDetectionStrategy, Component } from '@angular/core';

import { Empty } from '@shared/empty';

@Component({
  selector: 'app-settings-overview',
  imports: [Empty],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'pane-centre' },
  template: `
    <app-empty icon="settings" heading="Settings" i18n-heading="@@core.nav.settings" words="Choose a topic from the list." i18n-words="@@settings.choose" />
  `,
})
export class SettingsOverview {
  readonly isPlaceholder = true;
}
