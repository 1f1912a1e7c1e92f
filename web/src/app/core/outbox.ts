import { Injectable, inject, signal } from '@angular/core';
import { Subject } from 'rxjs';

import { Api } from './api';
import { Database, type OutboxEntry } from './database';
import { asProblem } from './problem';
import { Session } from './session';
import type { Schemas } from './wire';

type Body = Omit<Schemas['SendBody'], 'client_msg_id'>;

/** A message that waits to be sent to the conversation `place`, or was refused. */
export interface Waiting extends OutboxEntry {
  body: Body;
}

/** Why what waits for a conversation was put off, and how long the server wants it to wait. */
export interface PutOff {
  readonly place: string;
  readonly code: string;
  readonly seconds: number;
}

/** What became of one: the message, or its place among the scheduled ones. */
export type Answer = Schemas['MessageView'] | Schemas['ScheduledView'];

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;

/**
 * Messages on their way. Each is written down before it is sent, and sent under its `client_msg_id`
 * until the server has it: over reloads, lost answers and lost networks. One tab at a time sends,
 * in the order of each conversation.
 */
@Injectable({ providedIn: 'root' })
export class Outbox {
  private readonly api = inject(Api);
  private readonly database = inject(Database);
  private readonly session = inject(Session);
  private readonly others = new BroadcastChannel('charla.outbox');
  private readonly list = signal<readonly Waiting[]>([]);
  private readonly said = new Subject<Answer>();
  private readonly putOffs = new Subject<PutOff>();
  /** What is not in the store yet, or cannot be. */
  private readonly writing = new Set<string>();
  private pumping: Promise<void> | null = null;
  private again = false;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** All that waits, in the order in which it was written. */
  readonly entries = this.list.asReadonly();
  /** What was sent, as the server answered. */
  readonly answers = this.said.asObservable();
  readonly delays = this.putOffs.asObservable();

  constructor() {
    this.others.onmessage = () => void this.load();
  }

  /** Takes up what an earlier visit left. */
  async start(): Promise<void> {
    await this.load();
    this.pump();
  }

  async add(conversationId: string, body: Body): Promise<string> {
    const last = this.list().at(-1)?.createdAt ?? 0;
    const createdAt = Math.max(Date.now(), last + 1);
    const entry: Waiting = { id: crypto.randomUUID(), place: conversationId, body, createdAt };
    this.list.update((list) => [...list, entry]);
    await this.write(entry);
    this.pump();
    return entry.id;
  }

  /** Sends a refused one again; under a new id where the old one is taken. */
  async retry(id: string): Promise<void> {
    const found = this.list().find((each) => each.id === id);
    if (!found) return;
    const isTaken = found.problem?.code === 'idempotency_mismatch';
    const entry: Waiting = { ...found, id: isTaken ? crypto.randomUUID() : id, problem: undefined };
    if (isTaken) await this.erase(id);
    this.list.update((list) => list.map((each) => (each.id === id ? entry : each)));
    await this.write(entry);
    this.pump();
  }

  /** Forgets one: it is not wanted any more, or it arrived. */
  async remove(id: string): Promise<void> {
    if (!this.list().some((each) => each.id === id)) return;
    this.list.update((list) => list.filter((each) => each.id !== id));
    await this.erase(id);
  }

  /** Sends what waits now, without waiting any longer. */
  pump(): void {
    clearTimeout(this.timer);
    if (this.pumping) return void (this.again = true);
    this.again = false;
    this.pumping = this.alone(() => this.drain())
      .catch(() => undefined)
      .finally(() => {
        this.pumping = null;
        if (this.again) this.pump();
      });
  }

  clear(): void {
    clearTimeout(this.timer);
    this.list.set([]);
  }

  /** Runs while no other tab sends. What another one sent meanwhile is read before. */
  private async alone(work: () => Promise<void>): Promise<void> {
    const me = this.session.me();
    if (!me) return;
    const run = async () => {
      await this.load();
      await work();
    };
    if (!('locks' in navigator)) return run();
    await navigator.locks.request(`charla.outbox.${me.id}`, run);
  }

  private async drain(): Promise<void> {
    const places = new Set(this.list().map((each) => each.place));
    const waits = await Promise.all([...places].map((each) => this.drainPlace(each)));
    const wait = Math.min(...waits.map((each) => each ?? Infinity));
    if (wait < Infinity) this.timer = setTimeout(() => this.pump(), wait);
  }

  /** Sends what waits for one conversation, in order; returns how long to wait where that did not work. */
  private async drainPlace(conversationId: string): Promise<number | null> {
    for (let next = this.next(conversationId); next; next = this.next(conversationId)) {
      try {
        const answer = await this.send(next);
        this.said.next(answer);
        await this.remove(next.id);
        this.failures = 0;
      } catch (error) {
        const problem = asProblem(error);
        if (problem.status === 401) return null;
        if (problem.isTemporary) {
          const seconds = problem.facts.retry_after_s ?? 0;
          this.putOffs.next({ place: conversationId, code: problem.code, seconds });
          return this.pause(seconds);
        }
        await this.refuse(next, problem.facts);
      }
    }
    return null;
  }

  private next(conversationId: string): Waiting | undefined {
    return this.list().find((each) => each.place === conversationId && !each.problem);
  }

  private send(entry: Waiting): Promise<Answer> {
    const params = { path: { conversation_id: entry.place } };
    const body = { ...entry.body, client_msg_id: entry.id };
    return this.api.ask((http) => http.POST('/v1/conversations/{conversation_id}/messages', { params, body }));
  }

  private pause(askedS = 0): number {
    const growing = Math.min(FIRST_WAIT_MS * 2 ** this.failures++, LONGEST_WAIT_MS);
    return Math.max(growing * (0.75 + Math.random() / 2), askedS * 1000);
  }

  private async refuse(entry: Waiting, facts: Waiting['problem'] & object): Promise<void> {
    const { code, status, retry_after_s } = facts;
    const refused: Waiting = { ...entry, problem: { code, status, retry_after_s } };
    this.list.update((list) => list.map((each) => (each.id === entry.id ? refused : each)));
    await this.write(refused);
  }

  private async load(): Promise<void> {
    const stored = (await (await this.store())?.getAll('outbox')) as Waiting[] | undefined;
    if (!stored) return;
    const mine = this.list();
    const known = new Set(stored.map((each) => each.id));
    // What is being written down in this moment is not in the store yet.
    const fresh = mine.filter((each) => !known.has(each.id) && this.writing.has(each.id));
    this.list.set([...stored, ...fresh].sort((a, b) => a.createdAt - b.createdAt));
  }

  private async write(entry: Waiting): Promise<void> {
    this.writing.add(entry.id);
    try {
      await (await this.store())?.put('outbox', entry);
      this.others.postMessage('changed');
    } catch {
      // Without a store (private windows) it lives as long as the page does; `writing` keeps it.
      return;
    }
    this.writing.delete(entry.id);
  }

  private async erase(id: string): Promise<void> {
    this.writing.delete(id);
    await (await this.store())?.delete('outbox', id);
    this.others.postMessage('changed');
  }

  private async store() {
    const me = this.session.me();
    return me ? this.database.open(me.id).catch(() => undefined) : undefined;
  }
}
