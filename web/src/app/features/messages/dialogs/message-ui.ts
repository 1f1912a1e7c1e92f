import { Injectable, signal } from '@angular/core';

import type { Conversation, Message } from '@core/store';

/** What one looks at or is asked, about a message, a person or a conversation. */
export type Shown =
  | { kind: 'react' | 'reactions' | 'receipts' | 'history' | 'forward' | 'voters'; message: Message }
  | { kind: 'delete'; message: Message; forAll: boolean }
  | { kind: 'report'; conversationId: string; messageId: string | null; userId: string }
  | { kind: 'block' | 'person'; userId: string; conversationId: string | null }
  | { kind: 'pins' | 'scheduled'; conversation: Conversation };

/** Where a menu of actions opens, for which message, and who hears what was chosen. */
export interface MenuPlace {
  readonly message: Message;
  readonly conversation: Conversation;
  readonly x: number;
  readonly y: number;
  readonly top: number;
  /** Whether it ends at `x` instead of beginning there. */
  readonly isEnd: boolean;
  readonly choose: (action: 'reply' | 'edit' | 'thread') => void;
}

/** Opens the dialogs and the menu of messages; `app-message-dialogs` shows them. */
@Injectable({ providedIn: 'root' })
export class MessageUi {
  readonly shown = signal<Shown | null>(null);
  readonly isOpen = signal(false);
  readonly menu = signal<MenuPlace | null>(null);

  show(shown: Shown): void {
    this.shown.set(shown);
    this.isOpen.set(true);
  }

  close(): void {
    this.isOpen.set(false);
  }

  /** Asks whether to report a person, or a message of theirs. */
  report(conversationId: string, userId: string, messageId: string | null = null): void {
    this.show({ kind: 'report', conversationId, userId, messageId });
  }

  /** Asks whether to block a person. */
  block(userId: string, conversationId: string | null = null): void {
    this.show({ kind: 'block', userId, conversationId });
  }

  /** Shows who somebody is. */
  person(userId: string, conversationId: string | null = null): void {
    this.show({ kind: 'person', userId, conversationId });
  }
}
