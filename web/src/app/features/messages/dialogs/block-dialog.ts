import { ChangeDetectionStrategy, Component, computed, inject, input, signal } from '@angular/core';

import { Blocks } from '@core/blocks';
import { People } from '@core/store';
import { Dialog } from '@shared/dialog';
import { Toasts } from '@shared/toast';

import { MessageUi } from './message-ui';

/** Asks whether to block somebody, or to let them write again. */
@Component({
  selector: 'app-block-dialog',
  imports: [Dialog],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-dialog [(open)]="ui.isOpen" [heading]="heading()">
      @if (isBlocked()) {
        <p i18n="@@messages.unblock.words">They can write to you again, and you see their messages in groups.</p>
      } @else {
        <p i18n="@@messages.block.words">
          You and they cannot write to each other any more. In groups their messages are covered for you. They are not
          told.
        </p>
      }
      <div dialog-actions>
        <button type="button" class="button is-quiet" (click)="ui.close()" i18n="@@messages.cancel">Cancel</button>
        @if (isBlocked()) {
          <button
            type="button"
            class="button"
            [attr.aria-busy]="isBusy()"
            (click)="unblock()"
            i18n="@@messages.unblock"
          >
            Unblock
          </button>
        } @else {
          @if (conversationId(); as id) {
            <button
              type="button"
              class="button is-quiet"
              (click)="ui.report(id, userId())"
              i18n="@@messages.report_instead"
            >
              Report
            </button>
          }
          <button
            type="button"
            class="button is-danger"
            [attr.aria-busy]="isBusy()"
            (click)="block()"
            i18n="@@messages.block"
          >
            Block
          </button>
        }
      </div>
    </app-dialog>
  `,
})
export class BlockDialog {
  readonly userId = input.required<string>();
  readonly conversationId = input.required<string | null>();

  protected readonly ui = inject(MessageUi);
  private readonly blocks = inject(Blocks);
  private readonly people = inject(People);
  private readonly toasts = inject(Toasts);
  protected readonly isBusy = signal(false);
  protected readonly isBlocked = computed(() => this.blocks.has(this.userId()));
  private readonly name = computed(() => this.people.get(this.userId())?.display_name ?? '…');
  protected readonly heading = computed(() => {
    const name = this.name();
    return this.isBlocked()
      ? $localize`:@@messages.unblock.heading:Unblock ${name}:name:?`
      : $localize`:@@messages.block.heading:Block ${name}:name:?`;
  });

  protected async block(): Promise<void> {
    await this.attempt(() => this.blocks.block(this.userId()), $localize`:@@messages.block.done:Blocked`);
  }

  protected async unblock(): Promise<void> {
    await this.attempt(() => this.blocks.unblock(this.userId()), $localize`:@@messages.unblock.done:Unblocked`);
  }

  private async attempt(deed: () => Promise<void>, done: string): Promise<void> {
    if (this.isBusy()) return;
    await this.toasts.attempt(this.isBusy, async () => {
      await deed();
      this.ui.close();
      this.toasts.show(done);
    });
  }
}
