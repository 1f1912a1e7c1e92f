import { ChangeDetectionStrategy, Component, inject, input, signal } from '@angular/core';

import { Api } from '@core/api';
import { Blocks } from '@core/blocks';
import { asProblem } from '@core/problem';
import { Dialog } from '@shared/dialog';
import { Control, Field } from '@shared/field';
import { Toasts } from '@shared/toast';

import { MessageUi } from './message-ui';

const MOST_NOTE = 2_000;

/** Tells the moderators about a message or a person. */
@Component({
  selector: 'app-report-dialog',
  imports: [Control, Dialog, Field],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-dialog [(open)]="ui.isOpen" [heading]="heading()">
      <form id="report-form" class="form" (submit)="send(); $event.preventDefault()">
        <p i18n="@@messages.report.words">
          Those who look after this place will see it. The other person is not told who reported them.
        </p>
        <fieldset class="choices">
          <legend i18n="@@messages.report.why">What is wrong?</legend>
          @for (each of reasons; track each.id) {
            <label class="choice"
              ><input
                type="radio"
                name="reason"
                [value]="each.id"
                [checked]="reason() === each.id"
                (change)="reason.set(each.id)"
              /><span>{{ each.name }}</span></label
            >
          }
        </fieldset>
        <app-field label="What should they know? (optional)" i18n-label="@@messages.report.note" [error]="error()">
          <textarea
            appControl
            rows="3"
            [maxLength]="most"
            [value]="note()"
            (input)="note.set($any($event.target).value)"
          ></textarea>
        </app-field>
        @if (!blocks.has(userId())) {
          <label class="choice"
            ><input
              type="checkbox"
              [checked]="alsoBlock()"
              (change)="alsoBlock.set($any($event.target).checked)"
            /><span i18n="@@messages.report.block">Also block this person</span></label
          >
        }
      </form>
      <div dialog-actions>
        <button type="button" class="button is-quiet" (click)="ui.close()" i18n="@@messages.cancel">Cancel</button>
        <button
          type="submit"
          form="report-form"
          class="button is-danger"
          [disabled]="!reason()"
          [attr.aria-busy]="isBusy()"
          i18n="@@messages.report"
        >
          Report
        </button>
      </div>
    </app-dialog>
  `,
})
export class ReportDialog {
  readonly conversationId = input.required<string>();
  readonly messageId = input.required<string | null>();
  readonly userId = input.required<string>();

  protected readonly ui = inject(MessageUi);
  protected readonly blocks = inject(Blocks);
  private readonly api = inject(Api);
  private readonly toasts = inject(Toasts);
  /** One report, however often it is tried. */
  private readonly key = crypto.randomUUID();
  protected readonly most = MOST_NOTE;
  protected readonly reason = signal('');
  protected readonly note = signal('');
  protected readonly alsoBlock = signal(false);
  protected readonly isBusy = signal(false);
  protected readonly error = signal('');
  protected readonly reasons = [
    { id: 'spam', name: $localize`:@@messages.report.spam:Spam or fraud` },
    { id: 'harassment', name: $localize`:@@messages.report.harassment:Harassment or bullying` },
    { id: 'hate', name: $localize`:@@messages.report.hate:Hate` },
    { id: 'violence', name: $localize`:@@messages.report.violence:Violence or threats` },
    { id: 'sexual', name: $localize`:@@messages.report.sexual:Sexual content` },
    { id: 'self_harm', name: $localize`:@@messages.report.self_harm:Self-harm` },
    { id: 'illegal', name: $localize`:@@messages.report.illegal:Something illegal` },
    { id: 'other', name: $localize`:@@messages.report.other:Something else` },
  ];

  protected heading(): string {
    return this.messageId()
      ? $localize`:@@messages.report.message:Report the message`
      : $localize`:@@messages.report.person:Report the person`;
  }

  protected async send(): Promise<void> {
    if (this.isBusy() || !this.reason()) return;
    this.isBusy.set(true);
    const about = this.messageId() ? { message_id: this.messageId() } : { user_id: this.userId() };
    const body = { conversation_id: this.conversationId(), reason: this.reason(), note: this.note().trim(), ...about };
    try {
      await this.api.ask((http) =>
        http.POST('/v1/reports', { body, params: { header: { 'Idempotency-Key': this.key } } }),
      );
      if (this.alsoBlock()) await this.blocks.block(this.userId());
      this.ui.close();
      this.toasts.show($localize`:@@messages.report.done:Thank you. The report was sent.`);
    } catch (error) {
      this.error.set(asProblem(error).words);
    } finally {
      this.isBusy.set(false);
    }
  }
}
