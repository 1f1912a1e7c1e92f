import { Injectable, inject } from '@angular/core';
import { Router } from '@angular/router';

import { Api } from '@core/api';
import { Jumps } from '@core/store';

/** Where something happened, as a line of the list or a push says it. */
export interface Source {
  readonly conversation_id?: string | null;
  readonly message_id?: string | null;
  readonly channel_id?: string | null;
  readonly post_id?: string | null;
  readonly kind?: string;
}

/** Goes to what a notification is about. */
@Injectable({ providedIn: 'root' })
export class Sources {
  private readonly api = inject(Api);
  private readonly router = inject(Router);
  private readonly jumps = inject(Jumps);

  async open(source: Source): Promise<void> {
    if (source.conversation_id) return this.openConversation(source.conversation_id, source.message_id ?? null);
    if (source.kind === 'media') return this.go(['/settings', 'files']);
    if (source.channel_id && source.kind === 'ad_approval') return this.go(['/channels', source.channel_id, 'advertising']);
    if (source.channel_id && source.kind === 'system') return this.go(['/channels', source.channel_id, 'observers']);
    if (source.channel_id) return this.go(['/channels', source.channel_id], source.post_id ?? null);
  }

  private async openConversation(conversationId: string, messageId: string | null): Promise<void> {
    const seq = messageId ? await this.seqOf(messageId) : null;
    return seq === null ? this.go(['/c', conversationId]) : this.jumps.to(conversationId, seq);
  }

  /** Where a message stands; null when it is gone. */
  private async seqOf(messageId: string): Promise<number | null> {
    const params = { path: { message_id: messageId } };
    const message = await this.api.ask((http) => http.GET('/v1/messages/{message_id}', { params })).catch(() => null);
    return message?.seq ?? null;
  }

  private async go(path: string[], post: string | null = null): Promise<void> {
    await this.router.navigate(path, { queryParams: post ? { post } : {} });
  }
}
