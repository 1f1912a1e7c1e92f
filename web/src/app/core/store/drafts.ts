import { Injectable, type Signal, computed, inject, signal } from '@angular/core';

import { Api } from '../api';
import { Database } from '../database';
import { asProblem } from '../problem';
import { Session } from '../session';

import type { Draft, Entity } from './types';

const SAVE_MS = 1_200;

/** A draft here: `dirty` until the server has it. */
interface Kept {
  text: string;
  entities: Entity[];
  reply_to: string | null;
  dirty: boolean;
}

/** What somebody began to write, here at once and on their other devices soon. */
@Injectable({ providedIn: 'root' })
export class Drafts {
  private readonly api = inject(Api);
  private readonly database = inject(Database);
  private readonly session = inject(Session);
  private readonly map = signal<ReadonlyMap<string, Kept>>(new Map());
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();

  of(conversationId: string): Signal<Kept | undefined> {
    return computed(() => this.map().get(conversationId));
  }

  get(conversationId: string): Kept | undefined {
    return this.map().get(conversationId);
  }

  /** Keeps a draft; an empty one is forgotten. */
  save(conversationId: string, text: string, entities: readonly Entity[], replyTo: string | null): void {
    const before = this.get(conversationId);
    if ((before?.text ?? '') === text && (before?.reply_to ?? null) === replyTo) return;
    this.set(conversationId, { text, entities: [...entities], reply_to: replyTo, dirty: true });
    this.pushSoon(conversationId);
  }

  /** Forgets a draft, since it was sent. */
  drop(conversationId: string): void {
    if (this.get(conversationId)) this.save(conversationId, '', [], null);
  }

  /** Another device wrote or sent it. What is written here meanwhile stays. */
  hear(conversationId: string, draft: Draft | null): void {
    if (this.get(conversationId)?.dirty) return;
    // Commands are found when a message is stored: a draft has none.
    this.set(conversationId, draft && { ...draft, entities: draft.entities as Entity[], dirty: false });
  }

  /** Takes up what was written here before. */
  async restore(): Promise<void> {
    const found = (await (await this.store())?.getAll('drafts')) ?? [];
    for (const each of found) if (!this.get(each.place)) this.show(each.place, each.value as Kept);
  }

  /** Asks for those of the other devices, and hands in what was not handed in. */
  async sync(): Promise<void> {
    const { items } = await this.api.ask((http) => http.GET('/v1/drafts'));
    const there = new Map(items.map((each) => [each.conversation_id, each]));
    for (const [id, kept] of this.map()) {
      if (kept.dirty) this.pushSoon(id);
      else if (!there.has(id)) this.set(id, null);
    }
    there.forEach((draft, id) => this.hear(id, draft));
  }

  clear(): void {
    this.timers.forEach((each) => clearTimeout(each));
    this.timers.clear();
    this.map.set(new Map());
  }

  private pushSoon(conversationId: string): void {
    clearTimeout(this.timers.get(conversationId));
    this.timers.set(conversationId, setTimeout(() => void this.push(conversationId), SAVE_MS));
  }

  private async push(conversationId: string): Promise<void> {
    const kept = this.get(conversationId);
    if (!kept) return;
    try {
      await this.send(conversationId, kept);
    } catch (error) {
      // Without connection it waits for the next one. What is refused stays here alone.
      if (asProblem(error).isTemporary) return;
    }
    if (this.get(conversationId) === kept) this.set(conversationId, isEmpty(kept) ? null : { ...kept, dirty: false });
  }

  private send(conversationId: string, kept: Kept): Promise<unknown> {
    const path = '/v1/conversations/{conversation_id}/draft';
    const params = { path: { conversation_id: conversationId } };
    if (isEmpty(kept)) return this.api.ask((http) => http.DELETE(path, { params }));
    const body = { text: kept.text, entities: kept.entities, reply_to: kept.reply_to };
    return this.api.ask((http) => http.PUT(path, { params, body }));
  }

  private set(conversationId: string, kept: Kept | null): void {
    this.show(conversationId, kept);
    void this.write(conversationId, kept);
  }

  private show(conversationId: string, kept: Kept | null): void {
    this.map.update((before) => {
      const after = new Map(before);
      if (kept) after.set(conversationId, kept);
      else after.delete(conversationId);
      return after;
    });
  }

  private async write(conversationId: string, kept: Kept | null): Promise<void> {
    const store = await this.store();
    if (kept) await store?.put('drafts', { place: conversationId, value: kept, savedAt: Date.now() });
    else await store?.delete('drafts', conversationId);
  }

  private async store() {
    const me = this.session.me();
    return me ? this.database.open(me.id).catch(() => undefined) : undefined;
  }
}

function isEmpty(kept: Kept): boolean {
  return !kept.text && !kept.reply_to;
}
