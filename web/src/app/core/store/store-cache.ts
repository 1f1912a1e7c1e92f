import { Injectable, inject } from '@angular/core';

import { Database } from '../database';
import { Session } from '../session';
import type { Schemas } from '../wire';

import { Conversations } from './conversations';
import { Logs } from './logs';
import { People } from './people';
import type { Conversation, Person } from './types';

const CONVERSATION = 'conversation:';
const MESSAGES = 'messages:';
const PEOPLE = 'people';
const EPOCH = 'epoch';
const SAVE_MS = 1_000;
const TAIL = 60;

/** What was last seen, so that the next visit shows it at once; it is asked for again all the same. */
@Injectable({ providedIn: 'root' })
export class StoreCache {
  private readonly database = inject(Database);
  private readonly session = inject(Session);
  private readonly conversations = inject(Conversations);
  private readonly logs = inject(Logs);
  private readonly people = inject(People);
  private saved = new Map<string, Conversation>();
  private savedLogs = new Map<string, number>();
  private savedPeople = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** Shows the conversations and people of the last visit. */
  async restore(): Promise<void> {
    const store = await this.store();
    if (!store) return;
    const found = await store.getAll('cache', IDBKeyRange.bound(CONVERSATION, `${CONVERSATION}~`));
    const people = await store.get('cache', PEOPLE);
    this.people.put((people?.value as Person[] | undefined) ?? [], false);
    const restored = found.map((each) => each.value as Conversation).filter((each) => !this.conversations.get(each.id));
    this.conversations.put(...restored);
    this.saved = new Map(restored.map((each) => [each.id, each]));
  }

  /** Shows the last messages of a conversation as they were. */
  async restoreMessages(conversationId: string): Promise<void> {
    const found = await (await this.store())?.get('cache', MESSAGES + conversationId);
    if (found) this.logs.find(conversationId)?.restore(found.value as Schemas['MessageView'][]);
  }

  saveSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.save().catch(() => undefined);
    }, SAVE_MS);
  }

  clear(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.saved.clear();
    this.savedLogs.clear();
  }

  /** Whether what is kept was seen before older data was restored; none of it is kept then. */
  async isKeptBefore(epoch: string): Promise<boolean> {
    const store = await this.store();
    if (!store) return false;
    const seen = (await store.get('cache', EPOCH))?.value;
    if (seen === epoch) return false;
    if (seen !== undefined) {
      this.clear();
      await store.clear('cache');
    }
    await store.put('cache', { key: EPOCH, value: epoch, savedAt: Date.now() });
    return seen !== undefined;
  }

  async save(): Promise<void> {
    const store = await this.store();
    if (!store) return;
    const writes = store.transaction('cache', 'readwrite').store;
    const put = (key: string, value: unknown) => void writes.put({ key, value, savedAt: Date.now() });
    const now = new Map(this.conversations.all().map((each) => [each.id, each]));
    now.forEach((each, id) => this.saved.get(id) !== each && put(CONVERSATION + id, each));
    for (const id of this.saved.keys()) {
      if (now.has(id)) continue;
      void writes.delete(CONVERSATION + id);
      void writes.delete(MESSAGES + id);
    }
    now.forEach((each) => this.saveLog(each, put));
    this.savePeople(put);
    this.saved = now;
    await writes.transaction.done;
  }

  private saveLog(conversation: Conversation, put: (key: string, value: unknown) => void): void {
    const log = this.logs.find(conversation.id);
    if (!log || this.savedLogs.get(conversation.id) === log.revision()) return;
    const tail = log.tail(conversation.seq, TAIL);
    if (tail.length > 0) put(MESSAGES + conversation.id, tail);
    this.savedLogs.set(conversation.id, log.revision());
  }

  private savePeople(put: (key: string, value: unknown) => void): void {
    const revision = this.people.revision();
    if (revision !== this.savedPeople) put(PEOPLE, this.people.all());
    this.savedPeople = revision;
  }

  private async store() {
    const me = this.session.me();
    return me ? this.database.open(me.id).catch(() => undefined) : undefined;
  }
}
