import { Injectable, type Signal, computed, signal } from '@angular/core';

import type { Schemas } from '../wire';

import { MessageLog } from './message-log';
import type { Conversation, Message, Outgoing, Person } from './types';

/**
 * Conversations and their messages: one truth for all pages, kept up to date by the live path.
 * Whoever changes something over the API hands the answer in here, so that it shows at once.
 */
@Injectable({ providedIn: 'root' })
export class ChatStore {
  private readonly all = signal<readonly Conversation[]>([]);

  /** All conversations, pinned ones first, then the latest; archived ones are among them. */
  readonly conversations: Signal<readonly Conversation[]> = this.all.asReadonly();

  /** Returns the signal of one conversation; undefined while it is unknown, or when one is not in it any more. */
  conversation(id: string): Signal<Conversation | undefined> {
    return computed(() => this.all().find((each) => each.id === id));
  }

  /** Returns the name of a conversation: a group's title, or the other person. */
  title(_conversation: Conversation): string {
    return '';
  }

  /** Returns the messages of a conversation. */
  messages(_conversationId: string): MessageLog {
    return new MessageLog();
  }

  /** Returns a message by its id; it is fetched where it is not known, and null where it is gone. */
  message(_conversationId: string, _id: string): Signal<Message | null | undefined> {
    return signal(undefined);
  }

  /** Returns one's own messages that wait to be sent, or were refused; in their order. */
  unsent(_conversationId: string): Signal<readonly Message[]> {
    return signal([]);
  }

  /** Sends a message: it shows at once and is stored exactly once, whatever breaks. Returns its `client_msg_id`. */
  send(_conversationId: string, _message: Outgoing): Promise<string> {
    return Promise.resolve('');
  }

  /** Tries a refused message again. */
  retry(_clientMsgId: string): Promise<void> {
    return Promise.resolve();
  }

  /** Drops a message that was not sent. */
  discard(_clientMsgId: string): Promise<void> {
    return Promise.resolve();
  }

  /** Takes over a message as the API answered it. */
  messageChanged(_message: Schemas['MessageView']): void {
    // The store's first version has signatures alone.
  }

  /** Takes a message out that one has deleted for oneself. */
  messageGone(_id: string): void {
    // The store's first version has signatures alone.
  }

  /** Takes over a conversation as the API answered it, such as a new one. */
  conversationChanged(_conversation: Conversation): void {
    // The store's first version has signatures alone.
  }

  /** Returns the signal of a person; undefined while they are being looked up. */
  people(_id: string): Signal<Person | undefined> {
    return signal(undefined);
  }
}
