import { Injectable, inject } from '@angular/core';

import { Api } from '../api';
import type { ServerFrame } from '../frames';
import { asProblem } from '../problem';
import { Session } from '../session';

import { type Change, changeConversation, changeLog } from './changes';
import { Conversations } from './conversations';
import { Logs } from './logs';
import type { Conversation } from './types';

type EventFrame = Extract<ServerFrame, { t: 'event' }>;

/** How long a frame may come later than the one after it before the log is asked. */
const PATIENCE_MS = 150;
/** Behind by more than this, a conversation is fetched anew. */
const FAR_BEHIND = 2_000;
const STEP = 500;
const RETRY_MS = 3_000;

/**
 * Keeps each conversation at its `ver`: applies changes in their order, each once,
 * and asks for those that did not arrive. Frames may be lost, doubled or out of order.
 */
@Injectable({ providedIn: 'root' })
export class CatchUp {
  private readonly api = inject(Api);
  private readonly session = inject(Session);
  private readonly conversations = inject(Conversations);
  private readonly logs = inject(Logs);
  /** Frames that came before their turn, by conversation and `ver`. */
  private readonly early = new Map<string, Map<number, Change>>();
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly filling = new Map<string, Promise<void>>();
  private readonly fetching = new Map<string, Promise<void>>();

  /** Called with each change that was applied, in order. */
  applied: (change: Change, conversation: Conversation) => void = () => undefined;

  hear(frame: EventFrame): void {
    const known = this.conversations.get(frame.conv);
    if (known && frame.ver <= known.ver) return;
    const waiting = this.early.get(frame.conv) ?? new Map<number, Change>();
    waiting.set(frame.ver, { ...frame, isNeutral: true });
    this.early.set(frame.conv, waiting);
    if (!known) return void this.fetch(frame.conv);
    this.drain(frame.conv);
  }

  /** Brings a conversation to the `ver` that the server told; at once where its messages are in memory. */
  async reach(conversationId: string, ver: number): Promise<void> {
    const known = this.conversations.get(conversationId);
    if (known && known.ver >= ver) return;
    if (!known || !this.logs.find(conversationId) || ver - known.ver > FAR_BEHIND) return this.fetch(conversationId);
    return this.fill(conversationId);
  }

  /** Fetches a conversation as it is now, with its members. */
  fetch(conversationId: string): Promise<void> {
    return once(this.fetching, conversationId, async () => {
      const params = { path: { conversation_id: conversationId } };
      try {
        this.absorb(await this.api.ask((http) => http.GET('/v1/conversations/{conversation_id}', { params })));
      } catch (error) {
        if (asProblem(error).status === 404) this.drop(conversationId);
        else throw error;
      }
    }).catch(() => undefined);
  }

  /** Takes over a conversation as an answer shows it; messages that it is ahead of are not trusted any more. */
  absorb(view: Conversation): void {
    const known = this.conversations.get(view.id);
    if (known && known.ver > view.ver) return this.conversations.put({ ...known, my: view.my });
    if (known && known.ver < view.ver) this.logs.find(view.id)?.distrust();
    this.conversations.put(known ? withMarks(view, known) : view);
    this.drain(view.id);
  }

  /** Forgets a conversation that one is not in any more. */
  drop(conversationId: string): void {
    this.conversations.remove(conversationId);
    this.logs.close(conversationId);
    this.early.delete(conversationId);
  }

  clear(): void {
    this.timers.forEach((each) => clearTimeout(each));
    [this.timers, this.early, this.filling, this.fetching].forEach((each) => each.clear());
  }

  private drain(conversationId: string): void {
    const waiting = this.early.get(conversationId);
    if (!waiting) return;
    for (let next = this.take(waiting, conversationId); next; next = this.take(waiting, conversationId)) this.apply(next);
    if (waiting.size === 0) this.early.delete(conversationId);
    else this.fillSoon(conversationId);
  }

  /** Returns the change whose turn it is, and drops those that were applied by then. */
  private take(waiting: Map<number, Change>, conversationId: string): Change | undefined {
    const ver = this.conversations.get(conversationId)?.ver ?? 0;
    for (const each of waiting.keys()) if (each <= ver) waiting.delete(each);
    const next = waiting.get(ver + 1);
    waiting.delete(ver + 1);
    return next;
  }

  private apply(change: Change): void {
    const me = this.session.me()?.id ?? '';
    const log = this.logs.find(change.conv);
    if (log) changeLog(log, change, me);
    this.conversations.update(change.conv, (each) => changeConversation(each, change, me));
    const after = this.conversations.get(change.conv);
    if (after) this.applied(change, after);
  }

  private fillSoon(conversationId: string, waitMs = PATIENCE_MS): void {
    if (this.timers.has(conversationId)) return;
    const timer = setTimeout(() => {
      this.timers.delete(conversationId);
      if (this.early.has(conversationId)) void this.fill(conversationId);
    }, waitMs);
    this.timers.set(conversationId, timer);
  }

  private fill(conversationId: string): Promise<void> {
    return once(this.filling, conversationId, () => this.askChanges(conversationId)).catch((error: unknown) => {
      if (asProblem(error).status === 404) this.drop(conversationId);
      else this.fillSoon(conversationId, RETRY_MS);
    });
  }

  private async askChanges(conversationId: string): Promise<void> {
    for (let more = true; more; ) {
      const before = this.conversations.get(conversationId)?.ver;
      if (before === undefined) return;
      const params = { path: { conversation_id: conversationId }, query: { after_ver: before, limit: STEP } };
      const call = this.api.ask((http) => http.GET('/v1/conversations/{conversation_id}/changes', { params }));
      const answer = await call;
      if (answer.ver - before > FAR_BEHIND) return this.fetch(conversationId);
      for (const each of answer.items) this.applyNext({ ...each, isNeutral: false });
      more = answer.more && answer.items.length > 0;
    }
    this.drain(conversationId);
  }

  private applyNext(change: Change): void {
    if (this.conversations.get(change.conv)?.ver === change.ver - 1) this.apply(change);
  }
}

/** Returns a conversation in which nobody's marks go back: receipts may have overtaken the answer. */
function withMarks(view: Conversation, known: Conversation): Conversation {
  const before = new Map(known.members?.map((each) => [each.user_id, each]));
  const members = view.members?.map((each) => ({
    ...each,
    read_seq: Math.max(each.read_seq, before.get(each.user_id)?.read_seq ?? 0),
    delivered_seq: Math.max(each.delivered_seq, before.get(each.user_id)?.delivered_seq ?? 0),
  }));
  return { ...view, members };
}

/** Returns the work that goes on for a key, or begins it. */
function once(running: Map<string, Promise<void>>, key: string, work: () => Promise<void>): Promise<void> {
  const found = running.get(key) ?? work().finally(() => running.delete(key));
  running.set(key, found);
  return found;
}
