import { ChangeDetectionStrategy, Component, inject, input, signal } from '@angular/core';

import type { Message } from '@core/store';
import { Dialog } from '@shared/dialog';

import { MessageDeeds } from '../actions/message-deeds';
import { LinePipe } from '../text/line';

import { MessageUi } from './message-ui';

/** Asks for whom a message goes away. */
@Component({
  selector: 'app-delete-dialog',
  imports: [Dialog, LinePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-dialog [(open)]="ui.isOpen" heading="Delete the message?" i18n-heading="@@messages.delete.heading">
      @if (message() | line; as line) {
        <blockquote class="dialog-quote" dir="auto">{{ line }}</blockquote>
      }
      <p i18n="@@messages.delete.words">Deleted for you, others still see it.</p>
      @if (forAll()) {
        <p i18n="@@messages.delete.words_all">
          Deleted for everyone, nobody sees it any more, and it cannot be brought back.
        </p>
      }
      <div dialog-actions class="delete-actions">
        <button type="button" class="button is-quiet" (click)="ui.close()" i18n="@@messages.cancel">Cancel</button>
        <button
          type="button"
          class="button is-quiet"
          [attr.aria-busy]="busy() === 'me'"
          (click)="delete('me')"
          i18n="@@messages.delete.me"
        >
          Delete for me
        </button>
        @if (forAll()) {
          <button
            type="button"
            class="button is-danger"
            [attr.aria-busy]="busy() === 'all'"
            (click)="delete('all')"
            i18n="@@messages.delete.all"
          >
            Delete for everyone
          </button>
        }
      </div>
    </app-dialog>
  `,
})
export class DeleteDialog {
  readonly message = input.required<Message>();
  readonly forAll = input.required<boolean>();
  protected readonly ui = inject(MessageUi);
  private readonly deeds = inject(MessageDeeds);
  protected readonly busy = signal<'me' | 'all' | null>(null);

  protected async delete(scope: 'me' | 'all'): Promise<void> {
    if (this.busy()) return;
    this.busy.set(scope);
    if (await this.deeds.delete(this.message(), scope)) this.ui.close();
    this.busy.set(null);
  }
}
