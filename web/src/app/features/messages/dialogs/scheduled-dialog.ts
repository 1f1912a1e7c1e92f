import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';

import type { Conversation } from '@core/store';
import { Dialog } from '@shared/dialog';
import { Icon } from '@shared/icon';
import { TimePipe } from '@shared/time';

import { MessageUi } from './message-ui';
import { Scheduled } from './scheduled';

/** One's messages in a conversation that wait for their time. */
@Component({
  selector: 'app-scheduled-dialog',
  imports: [Dialog, Icon, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-dialog [(open)]="ui.isOpen" heading="Messages that wait" i18n-heading="@@messages.scheduled">
      <ul class="scheduled-list" role="list">
        @for (each of waiting(); track each.id) {
          <li class="scheduled-item">
            <span class="row-text">
              <span class="scheduled-when"><app-icon name="calendar" />{{ each.send_at | time: 'full' }}</span>
              <span class="scheduled-words" dir="auto">
                @if (each.text) {
                  {{ each.text }}
                } @else {
                  <span i18n="@@messages.scheduled.no_text">Message without text</span>
                }
              </span>
            </span>
            <button
              type="button"
              class="icon-button"
              aria-label="Call it off"
              i18n-aria-label="@@messages.scheduled.cancel"
              (click)="scheduled.cancel(each.id)"
            >
              <app-icon name="trash" />
            </button>
          </li>
        } @empty {
          <li class="muted" i18n="@@messages.scheduled.none">Nothing waits here.</li>
        }
      </ul>
    </app-dialog>
  `,
})
export class ScheduledDialog {
  readonly conversation = input.required<Conversation>();
  protected readonly ui = inject(MessageUi);
  protected readonly scheduled = inject(Scheduled);
  private readonly found = computed(() => this.scheduled.of(this.conversation().id));
  protected readonly waiting = computed(() => this.found()());
}
