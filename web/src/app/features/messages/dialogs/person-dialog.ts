import { ChangeDetectionStrategy, Component, computed, inject, input, signal } from '@angular/core';
import { Router } from '@angular/router';

import { Api } from '@core/api';
import { Blocks } from '@core/blocks';
import { Session } from '@core/session';
import { ChatStore, People } from '@core/store';
import { Avatar } from '@shared/avatar';
import { Dialog } from '@shared/dialog';
import { Icon } from '@shared/icon';
import { Toasts } from '@shared/toast';

import { PaymentUi } from '../../payments';

import { MessageUi } from './message-ui';

/** Who somebody is, and what one can do: write to them, tip them, report them, block them. */
@Component({
  selector: 'app-person-dialog',
  imports: [Avatar, Dialog, Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-dialog [(open)]="ui.isOpen" [heading]="name()">
      <div class="person-card">
        <app-avatar size="large" [id]="userId()" [name]="name()" />
        <p class="muted">&#64;{{ person()?.username }}</p>
      </div>
      @if (!isMe()) {
        <div class="person-deeds">
          <button type="button" class="row" [attr.aria-busy]="isBusy()" (click)="write()">
            <app-icon name="chat" /><span i18n="@@messages.person.write">Send a message</span>
          </button>
          @if (conversationId(); as id) {
            <button type="button" class="row" (click)="tip(id)"><app-icon name="gift" /><span i18n="@@payments.sheet.tip">Give a tip</span></button>
            <button type="button" class="row" (click)="ui.report(id, userId())">
              <app-icon name="flag" /><span i18n="@@messages.report.person">Report the person</span>
            </button>
          }
          <button type="button" class="row is-danger" (click)="ui.block(userId(), conversationId())">
            <app-icon name="ban" />
            @if (blocks.has(userId())) {
              <span i18n="@@messages.unblock">Unblock</span>
            } @else {
              <span i18n="@@messages.block">Block</span>
            }
          </button>
        </div>
      }
    </app-dialog>
  `,
})
export class PersonDialog {
  readonly userId = input.required<string>();
  readonly conversationId = input.required<string | null>();

  private readonly api = inject(Api);
  private readonly me = inject(Session).me;
  private readonly people = inject(People);
  private readonly router = inject(Router);
  private readonly store = inject(ChatStore);
  private readonly toasts = inject(Toasts);
  private readonly payments = inject(PaymentUi);
  protected readonly blocks = inject(Blocks);
  protected readonly ui = inject(MessageUi);
  private readonly key = crypto.randomUUID();
  protected readonly isBusy = signal(false);
  protected readonly isMe = computed(() => this.userId() === this.me()?.id);
  protected readonly person = computed(() => this.people.get(this.userId()));
  protected readonly name = computed(() => this.person()?.display_name ?? '…');

  protected tip(conversation_id: string): void {
    this.ui.close();
    this.payments.show({ kind: 'tip', target: { user_id: this.userId(), conversation_id }, name: this.name() });
  }

  protected async write(): Promise<void> {
    if (this.isBusy()) return;
    const body = { kind: 'direct' as const, member_ids: [this.userId()] };
    await this.toasts.attempt(this.isBusy, async () => {
      const made = await this.api.ask((http) =>
        http.POST('/v1/conversations', { body, params: { header: { 'Idempotency-Key': this.key } } }),
      );
      this.store.conversationChanged(made);
      this.ui.close();
      await this.router.navigate(['/c', made.id]);
    });
  }
}
