import { ChangeDetectionStrategy, Component, input } from '@angular/core';

import { Icon } from './icon';

/** A sentence above a form about all of it; read out as it appears. */
@Component({
  selector: 'app-notice',
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <div role="alert">
      @if (words(); as text) {
        <p class="notice" [attr.data-tone]="tone()"><app-icon [name]="tone() === 'error' ? 'alert' : 'check'" /><span>{{ text }}</span></p>
      }
    </div>
  `,
})
export class Notice {
  readonly words = input<string | null>(null);
  readonly tone = input<'error' | 'good'>('error');
}
