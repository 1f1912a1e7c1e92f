import { ChangeDetectionStrategy, Component, input, output } from '@angular/core';

import type { Message } from '@core/store';
import { Icon } from '@shared/icon';

/** How many replies a message has; pressed, its thread opens. */
@Component({
  selector: 'app-thread-link',
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (message().reply_count > 0) {
      <button type="button" class="thread-link" (click)="opened.emit(message().id)">
        <app-icon name="chat" /><span i18n="@@messages.replies">{message().reply_count, plural,
          =0 {No replies yet}
          =1 {1 reply}
          other {{{ message().reply_count }} replies}
        }</span>
      </button>
    }
  `,
})
export class ThreadLink {
  readonly message = input.required<Message>();
  /** The id of the message that the thread began with. */
  readonly opened = output<string>();
}
