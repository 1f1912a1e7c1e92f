import { type Signal, signal } from '@angular/core';

import type { Schemas } from '../wire';

import type { Message } from './types';

/** What a page may hold in memory before what is far from the screen goes. */
const MOST = 6_000;
const KEPT_AROUND = 2_000;
const KEPT_AT_END = 200;

/** Messages of one conversation, by their gap-free `seq`; sparse, since a page at a time is fetched. */
export class MessageLog {
  private readonly changes = signal(0);
  private readonly entries = new Map<number, Message | null>();
  private readonly seqs = new Map<string, number>();
  /** What came from this client and is stored, by its `client_msg_id`. */
  private readonly arrived = new Set<string>();
  /** What is known from before the client was away: shown, but to be fetched again. */
  private readonly stale = new Set<number>();
  /** When a seq was last changed by the live path, by `clock`. */
  private readonly touched = new Map<number, number>();
  private time = 0;
  private strangers = 0;

  /** Changes with everything in it; read it where `at` is read in a computation. */
  readonly revision: Signal<number> = this.changes.asReadonly();

  /** The moment of the last change, to compare an answer with that was asked for before it. */
  get clock(): number {
    return this.time;
  }

  /** How many changes concerned messages that were not known: a page in flight may lack them. */
  get missed(): number {
    return this.strangers;
  }

  /** Returns what stands at a seq: null where nothing is (any more), undefined while it is unknown. */
  at(seq: number): Message | null | undefined {
    return this.entries.get(seq);
  }

  /** Returns a message that is known, by its id. */
  byId(id: string): Message | undefined {
    const seq = this.seqs.get(id);
    return seq === undefined ? undefined : (this.entries.get(seq) ?? undefined);
  }

  /** Whether a message stands here that this client sent under an id of its own. */
  hasArrived(clientMsgId: string): boolean {
    return this.arrived.has(clientMsgId);
  }

  /** Whether a seq need not be asked for. */
  isFresh(seq: number): boolean {
    return this.entries.has(seq) && !this.stale.has(seq);
  }

  /** Puts a message in its place, as it is now. */
  put(message: Schemas['MessageView']): void {
    this.set(message.seq, { ...message, state: 'sent' });
    this.touched.set(message.seq, ++this.time);
    this.bump();
  }

  /** Changes a message where it is known. */
  change(id: string, change: (message: Message) => Message): void {
    const message = this.byId(id);
    if (!message) return void this.strangers++;
    const seq = message.seq!;
    this.entries.set(seq, change(message));
    this.touched.set(seq, ++this.time);
    this.bump();
  }

  /** Takes a message out for good: it was hidden by its reader. */
  remove(id: string): void {
    const seq = this.seqs.get(id);
    if (seq === undefined) return void this.strangers++;
    this.set(seq, null);
    this.touched.set(seq, ++this.time);
    this.bump();
  }

  /** Takes over an answer about all seqs of a range; what changed since `asked` is newer than the answer. */
  fill(from: number, to: number, found: readonly Schemas['MessageView'][], asked: number): void {
    const bySeq = new Map(found.map((each) => [each.seq, each]));
    for (let seq = from; seq <= to; seq++) {
      if ((this.touched.get(seq) ?? 0) > asked) continue;
      const message = bySeq.get(seq);
      this.set(seq, message ? { ...message, state: 'sent' } : null);
    }
    this.bump();
  }

  /** Shows messages as they were when the page was last open. */
  restore(found: readonly Schemas['MessageView'][]): void {
    for (const message of found) {
      if (this.entries.has(message.seq)) continue;
      this.set(message.seq, { ...message, state: 'sent' });
      this.stale.add(message.seq);
    }
    this.bump();
  }

  /** Says that anything may have changed. */
  distrust(): void {
    for (const seq of this.entries.keys()) this.stale.add(seq);
    this.bump();
  }

  /** Says that one message may have changed. */
  doubt(id: string): void {
    const seq = this.seqs.get(id);
    if (seq === undefined) return;
    this.stale.add(seq);
    this.bump();
  }

  /** Lets go of what is far from `seq`, where there is too much. */
  trim(seq: number, head: number): void {
    if (this.entries.size <= MOST) return;
    for (const each of this.entries.keys()) {
      if (Math.abs(each - seq) > KEPT_AROUND && each < head - KEPT_AT_END) this.forget(each);
    }
  }

  /** Returns the last messages, for the next visit. */
  tail(head: number, count: number): Schemas['MessageView'][] {
    const found: Schemas['MessageView'][] = [];
    for (let seq = head; seq > 0 && found.length < count; seq--) {
      const message = this.entries.get(seq);
      if (message === undefined) break;
      if (message) found.push(message as Schemas['MessageView']);
    }
    return found.reverse();
  }

  private set(seq: number, message: Message | null): void {
    const before = this.entries.get(seq);
    if (before && before.id !== message?.id) this.seqs.delete(before.id);
    this.entries.set(seq, message);
    this.stale.delete(seq);
    if (message) this.seqs.set(message.id, seq);
    if (message?.client_msg_id) this.arrived.add(message.client_msg_id);
  }

  private forget(seq: number): void {
    const message = this.entries.get(seq);
    if (message) this.seqs.delete(message.id);
    this.entries.delete(seq);
    this.stale.delete(seq);
    this.touched.delete(seq);
  }

  private bump(): void {
    this.changes.update((count) => count + 1);
  }
}
