import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';

import { Session } from '@core/session';
import { type Conversation, Jumps, type Message, People } from '@core/store';
import { Dialog } from '@shared/dialog';
import { Icon } from '@shared/icon';
import { TimePipe } from '@shared/time';

import { MessageDeeds } from '../actions/message-deeds';
import { Pins } from '../panes/pins';
import { LinePipe } from '../text/line';

import { MessageUi } from './message-ui';

/** All pinned messages of a conversation, the latest pin first. */
@Component({
  selector: 'app-pins-dialog',
  imports: [Dialog, Icon, LinePipe, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-dialog [(open)]="ui.isOpen" heading="Pinned messages" i18n-heading="@@messages.pins">
      <ul class="pin-list" role="list">
        @for (each of pins(); track each.id) {
          <li class="pin-item">
            <button type="button" class="row" (click)="jump(each)">
              <span class="row-text">
                <span class="row-title"
                  >{{ people.authorOf(each) }}
                  <span class="muted">{{ each.created_at | time: 'list' }}</span></span
                >
                <span class="row-line">{{ each | line }}</span>
              </span>
            </button>
            @if (mayUnpin()) {
              <button
                type="button"
                class="icon-button"
                aria-label="Unpin"
                i18n-aria-label="@@messages.unpin"
                (click)="deeds.unpin(each)"
              >
                <app-icon name="close" />
              </button>
            }
          </li>
        } @empty {
          <li class="muted" i18n="@@messages.pins.none">Nothing is pinned here.</li>
        }
      </ul>
    </app-dialog>
  `,
})
export class PinsDialog {
  readonly conversation = input.required<Conversation>();
  protected readonly deeds = inject(MessageDeeds);
  protected readonly people = inject(People);
  protected readonly ui = inject(MessageUi);
  private readonly jumps = inject(Jumps);
  private readonly all = inject(Pins);
  protected readonly me = inject(Session).me;
  protected readonly pins = computed(() => this.all.of(this.conversation().id)());
  protected readonly mayUnpin = computed(
    () => this.conversation().kind === 'direct' || this.conversation().role !== 'member',
  );

  protected jump(message: Message): void {
    this.ui.close();
    if (message.seq) void this.jumps.to(message.conversation_id, message.seq);
  }
}
