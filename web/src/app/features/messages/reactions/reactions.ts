import { ChangeDetectionStrategy, Component, inject, input } from '@angular/core';

import type { Message } from '@core/store';
import { Icon } from '@shared/icon';

import { MessageUi } from '../dialogs/message-ui';

import { Reacting } from './reacting';

/** The reactions below a bubble: pressed, one's own comes or goes; the last button tells who. */
@Component({
  selector: 'app-reactions',
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (message().reactions.length) {
      <ul class="reactions" role="list" aria-label="Reactions" i18n-aria-label="@@messages.reactions">
        @for (each of message().reactions; track each.emoji) {
          <li>
            <button
              type="button"
              class="reaction"
              [attr.aria-pressed]="each.mine"
              (click)="reacting.toggle(message(), each.emoji)"
              (contextmenu)="who($event)"
            >
              <span class="emoji">{{ each.emoji }}</span><span class="reaction-count">{{ each.count }}</span>
            </button>
          </li>
        }
        <li>
          <button
            type="button"
            class="reaction is-who"
            aria-label="Who reacted"
            i18n-aria-label="@@messages.who_reacted"
            (click)="who($event)"
          >
            <app-icon name="users" />
          </button>
        </li>
      </ul>
    }
  `,
})
export class Reactions {
  readonly message = input.required<Message>();
  protected readonly reacting = inject(Reacting);
  private readonly ui = inject(MessageUi);

  protected who(event: Event): void {
    event.preventDefault();
    event.stopPropagation();
    this.ui.show({ kind: 'reactions', message: this.message() });
  }
}
