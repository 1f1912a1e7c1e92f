import { ChangeDetectionStrategy, Component, input } from '@angular/core';

import { ConversationView } from './conversation-view';

/** The page of a conversation: a new view for each, so that nothing of one is seen in another. */
@Component({
  selector: 'app-conversation-page',
  imports: [ConversationView],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'pane-fill' },
  template: `
    @for (each of [id()]; track each) {
      <app-conversation-view [id]="each" [at]="at()" />
    }
  `,
})
export class ConversationPage {
  readonly id = input.required<string>();
  /** The seq of a message to show. */
  readonly at = input<string>();
}
