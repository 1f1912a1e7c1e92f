import { ChangeDetectionStrategy, Component, input } from '@angular/core';

import { Avatar } from '@shared/avatar';

/** One line of `Suggestions`: a person's picture, and what stands beside it. A press on it leaves the focus in the field. */
@Component({
  selector: 'app-suggestion',
  imports: [Avatar],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: {
    class: 'row mention-item',
    role: 'option',
    tabindex: '-1',
    '[class.is-active]': 'active()',
    '[attr.aria-selected]': 'active()',
    '(mousedown)': '$event.preventDefault()',
  },
  template: `
    <app-avatar size="small" [id]="personId()" [name]="name()" />
    <span class="row-text"><ng-content /></span>
  `,
})
export class Suggestion {
  readonly personId = input.required<string>();
  readonly name = input.required<string>();
  readonly active = input.required<boolean>();
}
