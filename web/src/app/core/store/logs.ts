import { Injectable, inject, signal } from '@angular/core';

import { Api } from '../api';

import { Conversations } from './conversations';
import { MessageLog } from './message-log';
import { Pages } from './pages';

interface Open {
  log: MessageLog;
  pages: Pages;
}

/** How many conversations keep their messages in memory. */
const MOST = 20;

/** The messages of the conversations that were looked at last. */
@Injectable({ providedIn: 'root' })
export class Logs {
  private readonly api = inject(Api);
  private readonly conversations = inject(Conversations);
  private readonly open = new Map<string, Open>();
  private readonly count = signal(0);
  /** Changes with each page that was fetched. */
  readonly fetched = this.count.asReadonly();
  private readonly listeners = new Set<(conversationId: string, error: unknown) => void>();

  /** Returns the log of a conversation if it is in memory. */
  find(conversationId: string): MessageLog | undefined {
    return this.open.get(conversationId)?.log;
  }

  of(conversationId: string): MessageLog {
    return this.take(conversationId).log;
  }

  /** Sees to it that the messages from `from` to `to` get known. */
  want(conversationId: string, from: number, to: number): void {
    this.take(conversationId).pages.want(from, to);
  }

  /** Hears of pages that could not be fetched. */
  onFailure(listener: (conversationId: string, error: unknown) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  close(conversationId: string): void {
    this.open.delete(conversationId);
  }

  clear(): void {
    this.open.clear();
  }

  private take(conversationId: string): Open {
    const found = this.open.get(conversationId) ?? this.make(conversationId);
    // The last one used is the last one to go.
    this.open.delete(conversationId);
    this.open.set(conversationId, found);
    const oldest = this.open.keys().next().value;
    if (this.open.size > MOST && oldest !== undefined) this.open.delete(oldest);
    return found;
  }

  private make(conversationId: string): Open {
    const log = new MessageLog();
    const head = () => this.conversations.get(conversationId)?.seq ?? 0;
    const listener = {
      landed: () => this.count.update((count) => count + 1),
      failed: (error: unknown) => this.listeners.forEach((each) => each(conversationId, error)),
    };
    return { log, pages: new Pages(this.api, conversationId, log, head, listener) };
  }
}
