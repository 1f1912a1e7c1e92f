import { Injectable, type Signal, computed, effect, inject, signal, untracked } from '@angular/core';
import { Subject } from 'rxjs';

import { Api } from '../api';
import { Badges } from '../badges';
import type { ServerFrame } from '../frames';
import { Live } from '../live';
import { Outbox } from '../outbox';
import { Session } from '../session';
import type { Schemas } from '../wire';

import { CatchUp } from './catch-up';
import { type Change, withMessage } from './changes';
import { Conversations, activity } from './conversations';
import { Drafts } from './drafts';
import { Logs } from './logs';
import { Lookups } from './lookups';
import type { MessageLog } from './message-log';
import { optimistic } from './optimistic';
import { People } from './people';
import { Presences } from './presence';
import { Receipts } from './receipts';
import { StoreCache } from './store-cache';
import { Sync } from './sync';
import type { Conversation, Message, Outgoing, Person } from './types';
import { UserEvents } from './user-events';

const SYNC_MS = 60_000;

/**
 * Conversations and their messages: one truth for all pages, kept up to date by the live path.
 * Whoever changes something over the API hands the answer in here, so that it shows at once.
 */
@Injectable({ providedIn: 'root' })
export class ChatStore {
  private readonly api = inject(Api);
  private readonly badges = inject(Badges);
  private readonly live = inject(Live);
  private readonly session = inject(Session);
  private readonly outbox = inject(Outbox);
  private readonly catchUp = inject(CatchUp);
  private readonly sync = inject(Sync);
  private readonly known = inject(Conversations);
  private readonly logs = inject(Logs);
  private readonly lookups = inject(Lookups);
  private readonly persons = inject(People);
  private readonly cache = inject(StoreCache);
  private readonly drafts = inject(Drafts);
  private readonly presences = inject(Presences);
  private readonly receipts = inject(Receipts);
  private readonly userEvents = inject(UserEvents);
  private readonly came = new Subject<Message>();
  private readonly unsents = new Map<string, Signal<readonly Message[]>>();
  private restored: Promise<void> = Promise.resolve();
  private listing: Promise<void> = Promise.resolve();
  private readonly listed = signal(false);

  /** Messages of others that have just arrived, for sounds and screen readers. */
  readonly arrivals = this.came.asObservable();

  /** All conversations, pinned ones first, then the latest; archived ones are among them. */
  readonly conversations: Signal<readonly Conversation[]> = computed(() => {
    const waiting = new Map(this.outbox.entries().map((each) => [each.place, new Date(each.createdAt).toISOString()]));
    const at = (each: Conversation) => later(activity(each), waiting.get(each.id));
    return [...this.known.all()].sort((a, b) => Number(b.my.pinned) - Number(a.my.pinned) || compare(at(b), at(a)));
  });

  /** Whether there is a list to show: an old one, or an empty one that is known to be so. */
  readonly isKnown = computed(() => this.listed() || this.known.all().length > 0);

  constructor() {
    const me = computed(() => (this.session.isSignedIn() ? this.session.me()?.id : undefined));
    effect(() => {
      const id = me();
      untracked(() => {
        this.clear();
        if (id) this.restored = this.start();
      });
    });
    effect(() => {
      this.known.all();
      this.logs.fetched();
      untracked(() => this.cache.saveSoon());
    });
    effect(() => this.badges.chats.set(this.known.all().filter(isWaitingToBeRead).length));
    this.catchUp.applied = (change, conversation) => this.applied(change, conversation);
    this.live.frames.subscribe((frame) => this.hear(frame));
    this.live.ready.subscribe(() => void this.connected());
    this.outbox.answers.subscribe((answer) => 'seq' in answer && this.messageChanged(answer));
    setInterval(() => this.live.isConnected() && void this.sync.run().catch(() => undefined), SYNC_MS);
    addEventListener('online', () => this.outbox.pump());
    document.addEventListener('visibilitychange', () => document.hidden && void this.cache.save().catch(() => undefined));
  }

  /** Returns the signal of one conversation; undefined while it is unknown, or when one is not in it any more. */
  conversation(id: string): Signal<Conversation | undefined> {
    return this.known.signalOf(id);
  }

  /** Sees to it that a conversation is known with its members, as it is now; false where there is none for this person. */
  async open(id: string): Promise<boolean> {
    await this.restored;
    this.logs.of(id);
    void this.cache.restoreMessages(id);
    await this.catchUp.fetch(id);
    return this.known.get(id) !== undefined;
  }

  /** Asks for a conversation again: receipts that were lost cannot be asked for alone. */
  refresh(id: string): Promise<void> {
    return this.catchUp.fetch(id);
  }

  /** Returns the name of a conversation: a group's title, or the other person. */
  title(conversation: Conversation): string {
    if (conversation.kind === 'group') return conversation.title ?? $localize`:@@chat.untitled:Conversation`;
    const other = this.other(conversation);
    return (other && this.persons.get(other)?.display_name) ?? '';
  }

  /** Returns the other person of a direct chat. */
  other(conversation: Conversation): string | undefined {
    const me = this.session.me()?.id;
    return conversation.members?.find((each) => each.user_id !== me)?.user_id;
  }

  /** Returns the messages of a conversation. */
  messages(conversationId: string): MessageLog {
    return this.logs.of(conversationId);
  }

  /** Returns a message by its id; it is fetched where it is not known, and null where it is gone. */
  message(conversationId: string, id: string): Signal<Message | null | undefined> {
    return this.lookups.of(conversationId, id);
  }

  /** Returns one's own messages that wait to be sent, or were refused; in their order. */
  unsent(conversationId: string): Signal<readonly Message[]> {
    const found = this.unsents.get(conversationId) ?? computed(() => this.waiting(conversationId));
    this.unsents.set(conversationId, found);
    return found;
  }

  /** Sends a message: it shows at once and is stored exactly once, whatever breaks. Returns its `client_msg_id`. */
  send(conversationId: string, message: Outgoing): Promise<string> {
    return this.outbox.add(conversationId, message);
  }

  /** Tries a refused message again. */
  retry(clientMsgId: string): Promise<void> {
    return this.outbox.retry(clientMsgId);
  }

  /** Drops a message that was not sent. */
  discard(clientMsgId: string): Promise<void> {
    return this.outbox.remove(clientMsgId);
  }

  /** Takes over a message as the API answered it. */
  messageChanged(message: Schemas['MessageView']): void {
    this.logs.find(message.conversation_id)?.put(message);
    this.known.update(message.conversation_id, (each) => {
      const after = withMessage(each, message, this.session.me()?.id ?? '');
      return after.last_message?.id === message.id ? { ...after, last_message: message } : after;
    });
  }

  /** Takes a message out that one has deleted for oneself. */
  messageGone(id: string): void {
    this.known.all().forEach((each) => this.logs.find(each.id)?.byId(id) && this.logs.find(each.id)!.remove(id));
  }

  /** Takes over a conversation as the API answered it, such as a new one. */
  conversationChanged(conversation: Conversation): void {
    this.catchUp.absorb(conversation);
  }

  /** Forgets a conversation that one has left. */
  conversationGone(id: string): void {
    this.catchUp.drop(id);
  }

  /** Changes what one has set for a conversation; it shows at once, and not any more where it is refused. */
  async set(id: string, changes: Schemas['MyBody']): Promise<void> {
    const before = this.known.get(id)?.my;
    const show = (my: Partial<Conversation['my']> | undefined) =>
      this.known.update(id, (each) => ({ ...each, my: { ...each.my, ...my } }));
    show(changes as Partial<Conversation['my']>);
    const params = { path: { conversation_id: id } };
    try {
      show(await this.api.ask((http) => http.PATCH('/v1/conversations/{conversation_id}/my', { params, body: changes })));
    } catch (error) {
      show(before);
      throw error;
    }
  }

  /** Returns the signal of a person; undefined while they are being looked up. */
  people(id: string): Signal<Person | undefined> {
    return this.persons.signalOf(id);
  }

  private async start(): Promise<void> {
    await Promise.all([this.cache.restore(), this.drafts.restore(), this.outbox.start()]).catch(() => undefined);
    // The list need not wait for the live path, which asks again what changed until it was there.
    this.listing = this.list().catch(() => undefined);
  }

  private async list(): Promise<void> {
    await this.sync.list();
    this.listed.set(true);
  }

  private async connected(): Promise<void> {
    await this.restored;
    await this.listing;
    this.outbox.pump();
    void this.drafts.sync().catch(() => undefined);
    try {
      // First what changed, so that it is applied; then what moves no counter.
      if (this.known.all().length > 0) await this.sync.run();
      await (this.listed() ? this.sync.refresh() : this.list());
    } catch {
      // The next minute asks again.
    }
    this.known.all().forEach((each) => each.unread > 0 && this.receipts.receive(each));
  }

  private hear(frame: ServerFrame): void {
    if (frame.t === 'event') this.catchUp.hear(frame);
    else if (frame.t === 'user_event') this.userEvents.hear(frame.type, frame.data);
    else if (frame.t === 'typing') this.presences.hearTyping(frame.conv, frame.user);
    else if (frame.t === 'presence') this.presences.hearPresence(frame);
    else if (frame.t === 'receipt') this.receipts.hear(frame.conv, frame);
  }

  private applied(change: Change, conversation: Conversation): void {
    if (change.type !== 'message.created') return;
    const message = change.data as unknown as Schemas['MessageView'];
    if (message.author_id === this.session.me()?.id) return this.settle(message);
    this.presences.stopTyping(conversation.id, message.author_id);
    if (message.deleted) return;
    this.receipts.receive(conversation);
    this.came.next({ ...message, state: 'sent' });
  }

  /** The message stands in its place, so it waits no longer. */
  private settle(message: Schemas['MessageView']): void {
    if (message.client_msg_id) void this.outbox.remove(message.client_msg_id);
  }

  private waiting(conversationId: string): Message[] {
    const me = this.session.me()?.id ?? '';
    const mine = this.outbox.entries().filter((each) => each.place === conversationId);
    const log = this.logs.find(conversationId);
    log?.revision();
    // What is to be sent later is shown only where it was refused; what stands among the messages is not shown twice.
    const shown = mine.filter((each) => (each.problem || !each.body.send_at) && !log?.hasArrived(each.id));
    return shown.map((each) => optimistic(each, me));
  }

  private clear(): void {
    this.listed.set(false);
    const parts = [this.catchUp, this.logs, this.lookups, this.outbox, this.drafts, this.presences, this.receipts];
    [...parts, this.cache, this.known, this.persons].forEach((each) => each.clear());
  }
}

/** Whether a conversation counts on the badge. */
export function isWaitingToBeRead(conversation: Conversation): boolean {
  const { my, unread } = conversation;
  return (unread > 0 || my.marked_unread) && !my.archived && !isMuted(conversation);
}

export function isMuted(conversation: Conversation): boolean {
  const until = conversation.my.muted_until;
  return until !== null && new Date(until).getTime() > Date.now();
}

function later(one: string, other: string | undefined): string {
  return other !== undefined && other > one ? other : one;
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
