import { ChangeDetectionStrategy, Component, inject, input } from '@angular/core';

import type { Message } from '@core/store';
import { Icon } from '@shared/icon';

import { MessageUi } from '../dialogs/message-ui';

import { Countdown } from './countdown';

/** What stands beside the time of a message: pinned, edited (press to see what it said), when it goes away. */
@Component({
  selector: 'app-message-marks',
  imports: [Countdown, Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'message-marks' },
  template: `
    @if (message().pinned) {
      <app-icon name="pin" /><span class="visually-hidden" i18n="@@messages.is_pinned">Pinned</span>
    }
    @if (message().expires_at; as until) {
      <app-countdown [until]="until" />
    }
    @if (message().edited_at) {
      <button type="button" class="mark-edited" (click)="ui.show({ kind: 'history', message: message() })">
        <span i18n="@@messages.edited">edited</span
        ><span class="visually-hidden" i18n="@@messages.edited.see">, see earlier versions</span>
      </button>
    }
  `,
})
export class MessageMarks {
  readonly message = input.required<Message>();
  protected readonly ui = inject(MessageUi);
}
