import { ChangeDetectionStrategy, Component, inject, input } from '@angular/core';

import { BASE_PATH } from '@core/base';

/** An icon of the sprite `public/icons.svg`. It is decoration: whatever it stands in has a name of its own. */
@Component({
  selector: 'app-icon',
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'icon', 'aria-hidden': 'true' },
  template: `<svg viewBox="0 0 24 24" focusable="false"><use [attr.href]="sprite + name()" /></svg>`,
})
export class Icon {
  readonly name = input.required<string>();
  protected readonly sprite = `${inject(BASE_PATH)}icons.svg#`;
}
