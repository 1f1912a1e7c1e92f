import { ProblemError } from '@core/problem';
import type { Schemas } from '@core/wire';

import { BEN, ROOM, aConversation, aMessage } from './rooms';
import { me } from './wire';

type Sent = Schemas['MessageView'];
interface Options {
  params?: { path?: Record<string, string>; query?: Record<string, number | string | boolean | undefined> };
  body?: Record<string, unknown>;
}
interface Frame {
  t: 'event';
  conv: string;
  ver: number;
  type: string;
  data: Record<string, unknown>;
}

/** One conversation on a server that keeps its promises: counters without gaps, and each `client_msg_id` stored once. */
export class ChatServer {
  readonly messages: Sent[] = [];
  readonly changes: Frame[] = [];
  readonly calls: string[] = [];
  isAway = false;
  /** Another one since older data was restored. */
  epoch = '1';
  /** Stores the next message, and loses the answer. */
  losesAnswer = false;
  /** Refuses the next message for good. */
  refuses: ProblemError | null = null;
  members = [me.id, BEN];

  /** Stands in for the Api. */
  readonly api = { ask: (call: (http: unknown) => unknown) => Promise.resolve().then(() => call(this.http)) };

  private readonly http = Object.fromEntries(
    ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => [
      method,
      (path: string, options: Options = {}) => this.answer(`${method} ${path}`, options),
    ]),
  );

  get conversation(): Schemas['ConversationView'] {
    const last_message = this.messages.at(-1) ?? null;
    const unread = this.messages.filter((each) => each.author_id !== me.id).length;
    return aConversation({ seq: this.messages.length, ver: this.changes.length, last_message, unread });
  }

  /** Somebody writes; returns the frame that tells it. */
  say(facts: Partial<Sent> = {}): Frame {
    const message = aMessage(this.messages.length + 1, { ver: this.changes.length + 1, ...facts });
    this.messages.push(message);
    return this.record('message.created', message as unknown as Record<string, unknown>);
  }

  edit(seq: number, text: string): Frame {
    const message = { ...this.messages[seq - 1]!, text, edited_at: '2026-01-02T00:00:00Z' };
    this.messages[seq - 1] = message;
    return this.record('message.edited', message as unknown as Record<string, unknown>);
  }

  react(seq: number, emoji: string, user_id: string, count: number): Frame {
    const { id } = this.messages[seq - 1]!;
    return this.record('reaction.changed', { message_id: id, user_id, emoji, added: true, count });
  }

  asked(call: string): number {
    return this.calls.filter((each) => each === call).length;
  }

  private record(type: string, data: Record<string, unknown>): Frame {
    const frame: Frame = { t: 'event', conv: ROOM, ver: this.changes.length + 1, type, data };
    this.changes.push(frame);
    return frame;
  }

  private answer(call: string, { params, body }: Options): unknown {
    this.calls.push(call);
    if (this.isAway) throw ProblemError.offline();
    const query = params?.query ?? {};
    switch (call) {
      case 'GET /v1/conversations':
        return { items: query['archived'] ? [] : [this.conversation], next: null };
      case 'GET /v1/conversations/{conversation_id}':
        return this.conversation;
      case 'GET /v1/conversations/{conversation_id}/messages':
        return this.page(Number(query['after_seq']), Number(query['limit']));
      case 'GET /v1/conversations/{conversation_id}/changes':
        return this.changesAfter(Number(query['after_ver']), Number(query['limit']));
      case 'POST /v1/conversations/{conversation_id}/messages':
        return this.store(body as unknown as Schemas['SendBody']);
      case 'POST /v1/sync':
        return { epoch: this.epoch, ...this.differing(body!['heads'] as Record<string, number>) };
      case 'GET /v1/users':
      case 'GET /v1/drafts':
        return { items: [], next: null };
      default:
        return undefined;
    }
  }

  private page(after: number, limit: number) {
    const items = this.messages.filter((each) => each.seq > after).slice(0, limit);
    return { items, next: items.length === limit ? String(items.at(-1)!.seq) : null };
  }

  private changesAfter(after: number, limit: number) {
    const items = this.changes.slice(after, after + limit);
    return { items, ver: this.changes.length, more: after + limit < this.changes.length };
  }

  private differing(heads: Record<string, number>) {
    const { id, ver, seq, unread } = this.conversation;
    return { items: heads[id] === ver ? [] : [{ conv: id, ver, seq, unread }] };
  }

  private store({ client_msg_id, text }: Schemas['SendBody']): Sent {
    if (this.refuses) {
      const refusal = this.refuses;
      this.refuses = null;
      throw refusal;
    }
    const found = this.messages.find((each) => each.client_msg_id === client_msg_id);
    if (!found) this.say({ author_id: me.id, client_msg_id, text: text ?? '' });
    if (this.losesAnswer) {
      this.losesAnswer = false;
      throw ProblemError.offline();
    }
    return found ?? this.messages.at(-1)!;
  }
}
