import type { Api } from './api.js';
import { isTemporary, ProblemError } from './errors.js';
import { Pause, type Pace, type Stop } from './pace.js';
import type { Entry, Store } from './storage.js';
import type { Schemas } from './wire.js';

export type Answer = Schemas['MessageView'] | Schemas['ScheduledView'];
/** A message, as `POST …/messages` takes it; its id is made where it is missing. */
export type Body = Partial<Schemas['SendBody']>;

/** A message that is stored and will be sent. */
export interface Sending {
  /** The id under which it is stored once. */
  readonly clientMsgId: string;
  /** Waits for the server's answer; rejects with `ProblemError` where it refused. Nobody has to. */
  answer(): Promise<Answer>;
}

interface Waiter {
  readonly promise: Promise<Answer>;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (problem: unknown) => void;
}

/** While the client runs: how to stop, and whom to tell of what ends it. */
interface Running {
  readonly stopped: Stop;
  readonly fail: (failure: unknown) => void;
}

/**
 * Messages on their way: in order within a conversation, conversations side by side. What may go well later is sent
 * again after growing pauses; what was refused stays, with the reason, and lets the next ones pass.
 */
export class Outbox {
  private readonly waiters = new Map<string, Waiter>();
  private readonly draining = new Map<string, { pause: Pause; ended: Promise<void> }>();
  private running: Running | null = null;
  private watchers: (() => void)[] = [];

  constructor(
    private readonly api: Api,
    private readonly store: Store,
    private readonly pace: Pace,
  ) {}

  /** Stores a message; once this resolves, it will be sent, whatever becomes of the process. */
  async add(conversationId: string, body: Body): Promise<Sending> {
    const whole = { ...body, client_msg_id: body.client_msg_id ?? crypto.randomUUID() };
    const waiter = this.waiter(whole.client_msg_id);
    await this.store.add(conversationId, whole);
    this.pump();
    return { clientMsgId: whole.client_msg_id, answer: () => waiter.promise };
  }

  /** What waits and what was refused, the oldest first. */
  entries(): readonly Entry[] {
    return this.store.entries();
  }

  /** Lets a refused message wait again. */
  async retry(clientMsgId: string): Promise<void> {
    const found = this.store.find(clientMsgId);
    if (!found) return;
    const { problem: _, ...entry } = found;
    await this.store.put(entry);
    this.pump();
  }

  /** Forgets a message; one that is on its way in this moment may arrive all the same. */
  async discard(clientMsgId: string): Promise<void> {
    const found = this.store.find(clientMsgId);
    if (found) await this.store.remove(found);
    this.look();
  }

  /** Waits until nothing waits any more; what was refused does not count. */
  async whenEmpty(): Promise<void> {
    while (this.entries().some((each) => !each.problem)) {
      await new Promise<void>((resolve) => this.watchers.push(resolve));
    }
  }

  hurry(): void {
    this.draining.forEach((each) => each.pause.hurry());
  }

  /** Begins to send. */
  start(running: Running): void {
    this.running = running;
    this.pump();
  }

  /** Waits until nothing is on its way any more, after `running.stopped` was aborted. */
  async ended(): Promise<void> {
    this.running = null;
    await Promise.all([...this.draining.values()].map((each) => each.ended));
  }

  private pump(): void {
    if (!this.running || this.running.stopped.isSet) return;
    for (const { conversationId, problem } of this.entries()) {
      if (!problem && !this.draining.has(conversationId)) this.drain(conversationId, this.running);
    }
  }

  private drain(conversationId: string, running: Running): void {
    const pause = new Pause(this.pace, running.stopped);
    const ended = this.sendAll(conversationId, pause, running.stopped)
      .catch(running.fail)
      .finally(() => {
        this.draining.delete(conversationId);
        this.pump();
      });
    this.draining.set(conversationId, { pause, ended });
  }

  private async sendAll(conversationId: string, pause: Pause, stopped: Stop): Promise<void> {
    while (!stopped.isSet) {
      const next = this.entries().find((each) => each.conversationId === conversationId && !each.problem);
      if (!next) return;
      await this.send(next, pause);
      this.look();
    }
  }

  private async send(entry: Entry, pause: Pause): Promise<void> {
    const params = { path: { conversation_id: entry.conversationId } };
    try {
      const answer: Answer = await this.api.ask((http) =>
        http.POST('/v1/conversations/{conversation_id}/messages', { params, body: entry.body }),
      );
      pause.reset();
      await this.store.remove(entry);
      this.settle(entry, (waiter) => waiter.resolve(answer));
    } catch (failure) {
      if (isTemporary(failure)) return pause.after(failure);
      if (!(failure instanceof ProblemError)) throw failure;
      await this.store.put({ ...entry, problem: { status: failure.status, ...failure.facts } });
      this.settle(entry, (waiter) => waiter.reject(failure));
    }
  }

  private waiter(clientMsgId: string): Waiter {
    const found = this.waiters.get(clientMsgId) ?? newWaiter();
    this.waiters.set(clientMsgId, found);
    return found;
  }

  private settle(entry: Entry, end: (waiter: Waiter) => void): void {
    const id = entry.body.client_msg_id;
    const waiter = this.waiters.get(id);
    this.waiters.delete(id);
    if (waiter) end(waiter);
  }

  private look(): void {
    const watchers = this.watchers;
    this.watchers = [];
    watchers.forEach((each) => each());
  }
}

function newWaiter(): Waiter {
  let resolve: Waiter['resolve'] = () => undefined;
  let reject: Waiter['reject'] = () => undefined;
  const promise = new Promise<Answer>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => undefined); // nobody has to wait for it
  return { promise, resolve, reject };
}
