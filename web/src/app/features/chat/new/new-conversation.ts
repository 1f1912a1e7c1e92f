import { ChangeDetectionStrategy, Component, computed, inject, model, signal } from '@angular/core';
import { Router } from '@angular/router';

import { Api } from '@core/api';
import { ChatStore, type Person } from '@core/store';
import { Dialog } from '@shared/dialog';
import { Control, Field } from '@shared/field';
import { Toasts } from '@shared/toast';

import { PeoplePicker } from './people-picker';

export type NewKind = 'direct' | 'group';

/** Begins a chat with a person, or a group. */
@Component({
  selector: 'app-new-conversation',
  imports: [Control, Dialog, Field, PeoplePicker],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './new-conversation.html',
})
export class NewConversation {
  /** What is being begun; null while the dialog is closed. */
  readonly kind = model<NewKind | null>(null);

  private readonly api = inject(Api);
  private readonly router = inject(Router);
  private readonly store = inject(ChatStore);
  private readonly toasts = inject(Toasts);
  protected readonly chosen = signal<readonly Person[]>([]);
  protected readonly title = signal('');
  protected readonly isBusy = signal(false);
  protected readonly heading = computed(() =>
    this.kind() === 'group' ? $localize`:@@chat.new.group:New group` : $localize`:@@chat.new.direct:New chat`,
  );
  protected readonly isComplete = computed(() => {
    return this.kind() === 'group' ? this.title().trim().length > 0 : this.chosen().length === 1;
  });
  /** The same for each attempt at the same group, so that it is made once. */
  private key = '';

  protected close(): void {
    this.kind.set(null);
    this.chosen.set([]);
    this.title.set('');
    this.key = '';
  }

  protected pick(people: readonly Person[]): void {
    this.chosen.set(people);
    this.key = '';
    if (this.kind() === 'direct' && people.length === 1) void this.begin();
  }

  protected rename(title: string): void {
    this.title.set(title);
    this.key = '';
  }

  protected async begin(): Promise<void> {
    const kind = this.kind();
    if (!kind || !this.isComplete() || this.isBusy()) return;
    await this.toasts.attempt(this.isBusy, async () => {
      const conversation = await this.make(kind);
      this.store.conversationChanged(conversation);
      this.close();
      await this.router.navigate(['/c', conversation.id]);
    });
  }

  private make(kind: NewKind) {
    this.key ||= crypto.randomUUID();
    const member_ids = this.chosen().map((each) => each.id);
    const body = { kind, member_ids, title: kind === 'group' ? this.title().trim() : null };
    const headers = { 'Idempotency-Key': this.key };
    return this.api.ask((http) => http.POST('/v1/conversations', { body, headers }));
  }
}
