import type { Api } from './api.js';
import type { ChatEvent, Handlers } from './events.js';
import { Lane } from './lane.js';
import { Pause, type Pace, type Stop } from './pace.js';
import { Channel, Conversation, eventOf, type Place } from './places.js';
import type { Store } from './storage.js';
import type { Frame, Schemas } from './wire.js';

type Kind = 'conv:' | 'chan:';
type SyncView = Schemas['SyncView'];
type Item = Schemas['SyncItem'] | Schemas['ChannelSyncItem'];

/** `sync` takes as many of each kind; what is left out comes back as unknown, which does no harm. */
const MOST_HEADS = 5_000;
/** These have no number, and no harm is done where one is missed; `channel.deleted` repeats a number. */
const UNNUMBERED = new Set(['typing', 'receipt', 'presence', 'channel_counts', 'media_event', 'channel_event']);

/** What a follower needs of the client around it. */
export interface FollowerEnds {
  readonly api: Api;
  readonly store: Store;
  readonly handlers: Handlers;
  readonly pace: Pace;
  readonly userId: string;
  readonly stopped: Stop;
  /** Told of what ends the whole client. */
  readonly fail: (failure: unknown) => void;
}

/**
 * Frames and `sync` become events. The very first time it begins with what happens from now on; later, with what the
 * store says was not handled yet.
 */
export class Follower {
  private readonly heads: Map<string, number>;
  private readonly lanes = new Map<string, Lane>();
  private readonly running = new Set<Promise<void>>();
  /** Events without a number, one after the other. */
  private telling: Promise<void> = Promise.resolve();
  /** Frames that came before the first sync has told from where on. */
  private held: Frame[] | null = [];

  constructor(private readonly ends: FollowerEnds) {
    this.heads = ends.store.knownHeads();
  }

  /** Waits until all handlers that were begun have ended. */
  async ended(): Promise<void> {
    await Promise.all([...this.running, this.telling]);
  }

  /** Takes a frame of the socket over. */
  onFrame(frame: Frame): void {
    if (this.held) this.held.push(frame);
    else if (frame.t === 'event') this.lane(`conv:${frame.conv}`).put(eventOf(frame));
    else if (frame.t === 'channel_event' && frame.type !== 'channel.deleted') {
      this.lane(`chan:${frame.channel}`).put(eventOf(frame));
    } else if (frame.t === 'user_event') this.onUserEvent(frame.type ?? '', frame.data ?? {});
    else if (UNNUMBERED.has(frame.t)) this.onUnnumbered(frame);
  }

  /** Asks what differs, and lets it be asked for. */
  async sync(): Promise<void> {
    const known = this.known();
    const found = await this.askSync(of(known, 'conv:'), of(known, 'chan:'));
    const epoch = this.ends.store.fact('epoch');
    if (epoch === undefined) await this.begin(found);
    else if (epoch !== found.epoch) this.startAllOver(await this.askSync({}, {}));
    else this.catchUp(found);
    await this.ends.store.setFact('epoch', found.epoch);
    const held = this.held;
    this.held = null;
    held?.forEach((each) => this.onFrame(each));
  }

  hurry(): void {
    this.lanes.forEach((each) => each.hurry());
  }

  private askSync(heads: Record<string, number>, channels: Record<string, number>): Promise<SyncView> {
    return this.ends.api.ask((http) => http.POST('/v1/sync', { body: { heads, channels } }));
  }

  private onUserEvent(type: string, data: Readonly<Record<string, unknown>>): void {
    const kind: Kind = type.startsWith('conversation.') ? 'conv:' : 'chan:';
    const key = kind + String(data['conversation_id'] ?? data['channel_id']);
    if (type === 'conversation.joined' || type === 'channel.joined') this.join(key);
    else if (type === 'conversation.left' || type === 'channel.left') this.leave(key);
    else this.tell({ type, data, channelId: data['channel_id'] as string | undefined });
  }

  private onUnnumbered(frame: Frame): void {
    const { t, type, conv, channel, data, ...rest } = frame;
    this.tell({ type: type ?? t, data: data ?? { conv, channel, ...rest }, conversationId: conv, channelId: channel });
  }

  private known(): Map<string, number> {
    const known = new Map(this.heads);
    for (const [key, lane] of this.lanes) if (lane.head !== null) known.set(key, lane.head);
    return known;
  }

  /** The first time: from now on, with what the socket has told since it is open. */
  private async begin(found: SyncView): Promise<void> {
    for (const [key, number] of numbersOf(found)) {
      const seen = (this.held ?? []).filter((each) => isNumbered(each) && keyOf(each) === key).map(numberOf);
      const head = Math.min(number, ...seen.map((each) => each - 1));
      this.heads.set(key, head);
      await this.ends.store.setHead(key, head);
    }
  }

  private catchUp(found: SyncView): void {
    for (const item of itemsOf(found)) {
      const key = keyOf(item);
      if (item.gone) this.leave(key);
      else if (item.reset) this.lane(key).startOver(numberOf(item));
      else {
        this.join(key);
        this.lane(key).reach(numberOf(item));
      }
    }
  }

  /** Older data was restored: what came since may carry numbers that were used before. */
  private startAllOver(found: SyncView): void {
    const numbers = numbersOf(found);
    for (const key of this.known().keys()) if (!numbers.has(key)) this.leave(key);
    for (const [key, number] of numbers) this.lane(key).startOver(number);
  }

  private isKnown(key: string): boolean {
    return this.lanes.has(key) || this.heads.has(key);
  }

  private join(key: string): void {
    if (this.isKnown(key)) return;
    this.tell(moved(key, 'joined'));
    this.lane(key);
  }

  private leave(key: string): void {
    if (!this.isKnown(key)) return;
    this.lanes.get(key)?.end();
    this.lanes.delete(key);
    this.heads.delete(key);
    this.ends.store.forgetHead(key).catch(this.ends.fail);
    this.tell(moved(key, 'left'));
  }

  private lane(key: string): Lane {
    const found = this.lanes.get(key);
    if (found) return found;
    const { handlers, pace, stopped } = this.ends;
    const handle = (event: ChatEvent) => handlers.handle(event);
    const ends = { handle, save: this.save, pause: new Pause(pace, stopped), stopped };
    const lane = new Lane(this.place(key), this.heads.get(key) ?? null, ends);
    this.lanes.set(key, lane);
    const running = lane
      .run()
      .catch(this.ends.fail)
      .finally(() => {
        this.running.delete(running);
        if (this.lanes.get(key) === lane) this.lanes.delete(key);
      });
    this.running.add(running);
    return lane;
  }

  private place(key: string): Place {
    const id = key.slice('conv:'.length);
    return key.startsWith('conv:') ? new Conversation(this.ends.api, id, this.ends.userId) : new Channel(this.ends.api, id);
  }

  private readonly save = async (key: string, number: number): Promise<void> => {
    if (!this.lanes.has(key)) return;
    this.heads.set(key, number);
    await this.ends.store.setHead(key, number);
  };

  private tell(event: ChatEvent): void {
    this.telling = this.telling.then(() => this.ends.handlers.handle(event));
  }
}

function isNumbered(frame: Frame): boolean {
  return frame.t === 'event' || frame.t === 'channel_event';
}

function keyOf(value: Frame | Item): string {
  const { conv, channel } = value as Frame;
  return conv === undefined ? `chan:${channel}` : `conv:${conv}`;
}

/** A conversation counts its `ver`, a channel its `seq`. */
function numberOf(value: Frame | Item): number {
  const { conv, ver, seq } = value as Frame;
  return (conv === undefined ? seq : ver) ?? 0;
}

function itemsOf(found: SyncView): readonly Item[] {
  return [...found.items, ...(found.channels ?? [])];
}

function numbersOf(found: SyncView): Map<string, number> {
  return new Map(itemsOf(found).filter((each) => !each.gone).map((each) => [keyOf(each), numberOf(each)]));
}

function of(heads: ReadonlyMap<string, number>, kind: Kind): Record<string, number> {
  const mine = [...heads].filter(([key]) => key.startsWith(kind)).slice(0, MOST_HEADS);
  return Object.fromEntries(mine.map(([key, number]) => [key.slice(kind.length), number]));
}

function moved(key: string, what: 'joined' | 'left'): ChatEvent {
  const id = key.slice('conv:'.length);
  return key.startsWith('conv:')
    ? { type: `conversation.${what}`, data: { conversation_id: id }, conversationId: id }
    : { type: `channel.${what}`, data: { channel_id: id }, channelId: id };
}
