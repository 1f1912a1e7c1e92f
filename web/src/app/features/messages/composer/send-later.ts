import { ChangeDetectionStrategy, Component, computed, inject, input, output, signal } from '@angular/core';

import type { Conversation } from '@core/store';
import { Dialog } from '@shared/dialog';
import { Control, Field } from '@shared/field';
import { Icon } from '@shared/icon';
import { TimePipe } from '@shared/time';

import { MessageUi } from '../dialogs/message-ui';
import { Scheduled } from '../dialogs/scheduled';

import { forInput, suggestedMoments } from './moments';

const YEAR_MS = 365 * 86_400_000;
const MINUTE_MS = 60_000;

/** A button beside the one that sends: chooses when a message is sent, and shows what waits. */
@Component({
  selector: 'app-send-later',
  imports: [Control, Dialog, Field, Icon, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <button
      type="button"
      class="icon-button"
      aria-haspopup="dialog"
      aria-label="Send later"
      i18n-aria-label="@@messages.later"
      title="Send later"
      i18n-title="@@messages.later"
      (click)="ask()"
    >
      <app-icon name="calendar" />
      @if (waiting().length; as count) {
        <span class="badge is-quiet" aria-hidden="true">{{ count }}</span>
      }
    </button>
    <app-dialog [(open)]="isOpen" heading="Send later" i18n-heading="@@messages.later">
      @if (disabled()) {
        <p class="muted" i18n="@@messages.later.write_first">Write a message first, then choose when it is sent.</p>
      } @else {
        <ul class="later-list" role="list">
          @for (each of moments(); track each.id) {
            <li>
              <button type="button" class="row" (click)="choose(each.at)">
                <span class="row-text"
                  ><span i18n="@@messages.later.suggested">{each.id, select,
                    hour {In one hour}
                    evening {This evening}
                    tomorrow {Tomorrow morning}
                    other {Monday morning}
                  }</span></span
                >
                <span class="row-end muted">{{ each.at | time: 'full' }}</span>
              </button>
            </li>
          }
        </ul>
        <form class="form later-form" (submit)="chooseTyped($event)">
          <app-field label="Another time" i18n-label="@@messages.later.other" [error]="error()">
            <input
              appControl
              type="datetime-local"
              [min]="earliest()"
              [max]="latest()"
              [value]="typed()"
              (input)="typed.set($any($event.target).value)"
            />
          </app-field>
          <button type="submit" class="button" [disabled]="!typed()" i18n="@@messages.later.send">Send then</button>
        </form>
      }
      <div dialog-actions>
        @if (waiting().length; as count) {
          <button type="button" class="text-button" (click)="showWaiting()">
            <span i18n="@@messages.later.waiting">{count, plural,
              =1 {1 message waits}
              other {{{ count }} messages wait}
            }</span>
          </button>
        }
        <button type="button" class="button is-quiet" (click)="isOpen.set(false)" i18n="@@messages.cancel">
          Cancel
        </button>
      </div>
    </app-dialog>
  `,
})
export class SendLater {
  readonly conversation = input.required<Conversation>();
  /** Nothing is written that could be sent. */
  readonly disabled = input(false);
  /** When to send, as the wire API has it. */
  readonly chosen = output<string>();

  private readonly ui = inject(MessageUi);
  private readonly scheduled = inject(Scheduled);
  private readonly now = signal(new Date());
  protected readonly isOpen = signal(false);
  protected readonly typed = signal('');
  protected readonly error = signal('');
  private readonly found = computed(() => this.scheduled.of(this.conversation().id));
  protected readonly waiting = computed(() => this.found()());
  protected readonly moments = computed(() => suggestedMoments(this.now()));
  protected readonly earliest = computed(() => forInput(new Date(this.now().getTime() + MINUTE_MS)));
  protected readonly latest = computed(() => forInput(new Date(this.now().getTime() + YEAR_MS - MINUTE_MS)));

  protected ask(): void {
    this.now.set(new Date());
    this.typed.set('');
    this.error.set('');
    this.isOpen.set(true);
  }

  protected choose(moment: Date): void {
    this.isOpen.set(false);
    this.chosen.emit(moment.toISOString());
  }

  protected chooseTyped(event: Event): void {
    event.preventDefault();
    // The button may stand in the composer's form.
    event.stopPropagation();
    const moment = new Date(this.typed());
    const ahead = moment.getTime() - Date.now();
    if (ahead > 0 && ahead < YEAR_MS) this.choose(moment);
    else this.error.set($localize`:@@messages.later.invalid:Choose a time in the future, at most a year ahead.`);
  }

  protected showWaiting(): void {
    this.isOpen.set(false);
    this.ui.show({ kind: 'scheduled', conversation: this.conversation() });
  }
}
