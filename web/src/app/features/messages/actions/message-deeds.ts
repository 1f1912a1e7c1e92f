import { Injectable, inject } from '@angular/core';

import { Api } from '@core/api';
import { ChatStore, type Message } from '@core/store';
import { Toasts } from '@shared/toast';

/** What is left of a message that was deleted for everybody. */
const EMPTIED = {
  text: '',
  entities: [],
  media_ids: [],
  reactions: [],
  poll: null,
  forwarded_from: null,
  pinned: false,
  deleted: true,
};

/** What one does with a message at once, without being asked anything. */
@Injectable({ providedIn: 'root' })
export class MessageDeeds {
  private readonly api = inject(Api);
  private readonly store = inject(ChatStore);
  private readonly toasts = inject(Toasts);

  async copy(message: Message): Promise<void> {
    await this.attempt(() => navigator.clipboard.writeText(message.text), $localize`:@@messages.copied:Copied`);
  }

  async pin(message: Message): Promise<void> {
    const params = { path: { message_id: message.id } };
    await this.attempt(
      async () =>
        this.store.messageChanged(await this.api.ask((http) => http.PUT('/v1/messages/{message_id}/pin', { params }))),
      $localize`:@@messages.pinned_now:Pinned`,
    );
  }

  async unpin(message: Message): Promise<void> {
    const params = { path: { message_id: message.id } };
    await this.attempt(
      async () =>
        this.store.messageChanged(
          await this.api.ask((http) => http.DELETE('/v1/messages/{message_id}/pin', { params })),
        ),
      $localize`:@@messages.unpinned_now:Unpinned`,
    );
  }

  /** Deletes a message, for oneself or for everybody; returns whether it went well. */
  async delete(message: Message, scope: 'me' | 'all'): Promise<boolean> {
    const params = { path: { message_id: message.id }, query: { scope } };
    return this.attempt(
      async () => {
        await this.api.ask((http) => http.DELETE('/v1/messages/{message_id}', { params }));
        if (scope === 'me') this.store.messageGone(message.id);
        else this.store.messageChanged({ ...message, ...EMPTIED, seq: message.seq! });
      },
      scope === 'me'
        ? $localize`:@@messages.deleted_me:Deleted for you`
        : $localize`:@@messages.deleted_all:Deleted for everyone`,
    );
  }

  private async attempt(deed: () => Promise<unknown>, done: string): Promise<boolean> {
    try {
      await deed();
      this.toasts.show(done);
      return true;
    } catch (error) {
      this.toasts.fail(error);
      return false;
    }
  }
}
