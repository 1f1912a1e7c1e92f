import type { Api } from './api.js';
import type { ChatEvent } from './events.js';
import type { Frame, Schemas } from './wire.js';

const PAGE = 500;

/** A piece of what happened. */
export interface Page {
  /** In the order of their numbers. */
  readonly events: readonly ChatEvent[];
  /** The number of the last event that there is. */
  readonly last: number;
  readonly more: boolean;
  /** There never were as many as was asked from: older data was restored. */
  readonly reset: boolean;
}

/** A conversation or a channel: where numbered events happen. */
export interface Place {
  readonly key: string;
  eventsAfter(number: number): Promise<Page>;
  /** The number after which somebody who has just come begins. */
  beginning(): Promise<number>;
  /** The event that says that older data was restored. */
  reset(number: number): ChatEvent;
}

/** A conversation; its numbers are `ver`. */
export class Conversation implements Place {
  readonly key: string;

  constructor(
    private readonly api: Api,
    private readonly id: string,
    private readonly userId: string,
  ) {
    this.key = `conv:${id}`;
  }

  async eventsAfter(number: number): Promise<Page> {
    const params = { path: { conversation_id: this.id }, query: { after_ver: number, limit: PAGE } };
    const found = await this.api.ask((http) => http.GET('/v1/conversations/{conversation_id}/changes', { params }));
    return { events: found.items.map(eventOf), last: found.ver, more: found.more, reset: found.reset ?? false };
  }

  /** Looks back for the moment in which the person was added; whoever was there from the start begins there. */
  async beginning(): Promise<number> {
    const params = { path: { conversation_id: this.id } };
    const found = await this.api.ask((http) => http.GET('/v1/conversations/{conversation_id}', { params }));
    for (let end = found.ver; end > 0; end = Math.max(0, end - PAGE)) {
      const { events } = await this.eventsAfter(Math.max(0, end - PAGE));
      const added = events.filter(
        (each) => each.type === 'member.added' && each.data['user_id'] === this.userId && (each.number ?? 0) <= end,
      );
      const last = added.at(-1)?.number;
      if (last !== undefined) return last - 1;
    }
    return 0;
  }

  reset(number: number): ChatEvent {
    return { type: 'conversation.reset', data: {}, conversationId: this.id, number };
  }
}

/** A channel; its numbers are the `seq` of its log. */
export class Channel implements Place {
  readonly key: string;

  constructor(
    private readonly api: Api,
    private readonly id: string,
  ) {
    this.key = `chan:${id}`;
  }

  async eventsAfter(number: number): Promise<Page> {
    const found = await this.log(number, PAGE);
    return { events: found.items.map(logged), last: found.seq, more: found.more, reset: found.seq < number };
  }

  /** Begins at the end: whoever follows a channel may read what was before. */
  async beginning(): Promise<number> {
    return (await this.log(0, 1)).seq;
  }

  reset(number: number): ChatEvent {
    return { type: 'channel.reset', data: {}, channelId: this.id, number };
  }

  private log(after: number, limit: number): Promise<Schemas['Log']> {
    const params = { path: { channel_id: this.id }, query: { after_seq: after, limit } };
    return this.api.ask((http) => http.GET('/v1/channels/{channel_id}/log', { params }));
  }
}

/** Returns a change, or a numbered frame, as an event. */
export function eventOf(frame: Frame | Schemas['ChangeView']): ChatEvent {
  const { conv, channel, ver, seq } = frame as Frame;
  const data = (frame.data ?? {}) as Record<string, unknown>;
  const place = conv === undefined ? { channelId: channel } : { conversationId: conv };
  return { type: frame.type ?? '', data, ...place, number: ver ?? seq };
}

/** Returns an entry of a log as the live path tells of it. */
function logged(entry: Schemas['LogEntryView']): ChatEvent {
  const data = (entry.post ?? entry.data) as Record<string, unknown>;
  return { type: entry.type, data, channelId: entry.channel_id, number: entry.seq };
}
