import { ChangeDetectionStrategy, Component, inject, input } from '@angular/core';

import { ChatStore, type Message } from '@core/store';
import { Dialog } from '@shared/dialog';

import { EmojiPanel } from '../emoji/emoji-panel';
import { Reacting } from '../reactions/reacting';

import { MessageUi } from './message-ui';

/** Chooses any emoji as a reaction. */
@Component({
  selector: 'app-react-dialog',
  imports: [Dialog, EmojiPanel],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-dialog [(open)]="ui.isOpen" heading="React" i18n-heading="@@messages.react"
      ><app-emoji-panel (picked)="react($event)"
    /></app-dialog>
  `,
})
export class ReactDialog {
  readonly message = input.required<Message>();
  protected readonly ui = inject(MessageUi);
  private readonly reacting = inject(Reacting);
  private readonly store = inject(ChatStore);

  protected react(emoji: string): void {
    const { id, conversation_id } = this.message();
    const now = this.store.messages(conversation_id).byId(id) ?? this.message();
    // Chosen once more, it stays: taking it back is done at the message.
    if (!now.reactions.some((each) => each.emoji === emoji && each.mine)) void this.reacting.toggle(now, emoji);
    this.ui.close();
  }
}
