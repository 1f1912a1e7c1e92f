import { Injectable, inject } from '@angular/core';

import { CatchUp } from './catch-up';
import { Conversations } from './conversations';
import { Drafts } from './drafts';
import { Logs } from './logs';
import type { Conversation, Draft } from './types';

interface ReadMark {
  read_seq: number;
  unread: number;
  marked_unread: boolean;
}

/** What concerns oneself alone, on whichever device it was done. */
@Injectable({ providedIn: 'root' })
export class UserEvents {
  private readonly catchUp = inject(CatchUp);
  private readonly conversations = inject(Conversations);
  private readonly drafts = inject(Drafts);
  private readonly logs = inject(Logs);

  hear(type: string, data: Record<string, unknown>): void {
    const id = String(data['conversation_id']);
    switch (type) {
      case 'conversation.joined':
        return void this.catchUp.fetch(id);
      case 'conversation.left':
        return this.catchUp.drop(id);
      case 'conversation.settings':
        return this.conversations.update(id, (each) => ({ ...each, my: data['my'] as Conversation['my'] }));
      case 'message.hidden':
        return this.logs.find(id)?.remove(String(data['message_id']));
      case 'read.changed':
        return this.conversations.update(id, (each) => withMark(each, data as unknown as ReadMark));
      case 'draft.changed':
        return this.drafts.hear(id, data['draft'] as Draft | null);
    }
  }
}

function withMark(conversation: Conversation, mark: ReadMark): Conversation {
  const { read_seq, marked_unread } = mark;
  return { ...conversation, unread: mark.unread, my: { ...conversation.my, read_seq, marked_unread } };
}
