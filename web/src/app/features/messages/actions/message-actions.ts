import { ChangeDetectionStrategy, Component, ElementRef, inject, input, output, viewChild } from '@angular/core';

import type { Conversation, Message } from '@core/store';
import { Icon } from '@shared/icon';

import { MessageUi } from '../dialogs/message-ui';

const GAP = 4;

/**
 * The "…" button of a message. The menu itself is one for all messages (`app-message-dialogs`), so that a row
 * costs no more than its button.
 */
@Component({
  selector: 'app-message-actions',
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <button
      #button
      type="button"
      class="icon-button message-more"
      aria-haspopup="menu"
      aria-label="Actions"
      i18n-aria-label="@@messages.actions"
      [attr.tabindex]="isCurrent() ? 0 : -1"
      (click)="openHere($event)"
    >
      <app-icon name="chevron-down" />
    </button>
  `,
})
export class MessageActions {
  readonly message = input.required<Message>();
  readonly conversation = input.required<Conversation>();
  /** Whether Tab reaches it; in a list it does at one message at a time. */
  readonly isCurrent = input(true);
  readonly reply = output<Message>();
  readonly edit = output<Message>();
  readonly thread = output<string>();

  private readonly ui = inject(MessageUi);
  private readonly button = viewChild.required<ElementRef<HTMLElement>>('button');

  /** Opens the menu at a point: for the right button, and for a long press. It ends there where `isEnd`. */
  openAt(x: number, y: number, top = y, isEnd = false): void {
    const [message, conversation] = [this.message(), this.conversation()];
    this.ui.menu.set({ message, conversation, x, y, top, isEnd, choose: (action) => this.choose(action, message) });
  }

  /** Opens the menu at its button: for the keyboard. */
  openHere(event?: Event): void {
    event?.stopPropagation();
    const box = this.button().nativeElement.getBoundingClientRect();
    this.openAt(box.right, box.bottom + GAP, box.top - GAP, true);
  }

  private choose(action: 'reply' | 'edit' | 'thread', message: Message): void {
    if (action === 'reply') this.reply.emit(message);
    else if (action === 'edit') this.edit.emit(message);
    else this.thread.emit(message.thread_root ?? message.id);
  }
}
