import { ChangeDetectionStrategy, Component } from '@angular/core';

import { Empty } from '@shared/empty';

@Component({
  selector: 'app-no-campaign-chosen',
  imports: [Empty],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'pane-centre' },
  template: `<app-empty icon="speaker" heading="Advertise on Charla" i18n-heading="@@ads.console" words="Your ads stand in public channels, always named as ads. You pay for what was seen." i18n-words="@@ads.console.words" />`,
})
export class NothingChosen {
  readonly isPlaceholder = true;
}
