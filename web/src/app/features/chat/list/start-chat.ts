import { Injectable, inject } from '@angular/core';
import { Router } from '@angular/router';

import { Api } from '@core/api';
import { ChatStore } from '@core/store';
import { Toasts } from '@shared/toast';

/** Opens the chat with a person; it is begun where there is none. */
@Injectable({ providedIn: 'root' })
export class StartChat {
  private readonly api = inject(Api);
  private readonly router = inject(Router);
  private readonly store = inject(ChatStore);
  private readonly toasts = inject(Toasts);

  async with(personId: string): Promise<void> {
    try {
      const body = { kind: 'direct' as const, member_ids: [personId] };
      const conversation = await this.api.ask((http) => http.POST('/v1/conversations', { body }));
      this.store.conversationChanged(conversation);
      await this.router.navigate(['/c', conversation.id]);
    } catch (error) {
      this.toasts.fail(error);
    }
  }
}
