import { ChangeDetectionStrategy, Component, input } from '@angular/core';

import { Icon } from './icon';

/** What stands where nothing is yet: says what this place is for, and what to do. */
@Component({
  selector: 'app-empty',
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'empty' },
  template: `
    <app-icon [name]="icon()" />
    <p class="empty-heading">{{ heading() }}</p>
    <p class="empty-words">{{ words() }}</p>
    <ng-content />
  `,
})
export class Empty {
  readonly icon = input.required<string>();
  readonly heading = input.required<string>();
  readonly words = input('');
}
