import { Injectable, inject } from '@angular/core';

import { Api } from '../api';
import { Session } from '../session';

import { Conversations } from './conversations';
import type { Conversation, Member, Message } from './types';

const READ_MS = 250;
const DELIVERED_MS = 1_000;
/** Nobody sees how far the members of larger groups are. */
const MOST_MEMBERS = 100;

export type Receipt = 'sent' | 'delivered' | 'read';

/** The marks of a receipt frame. */
interface Marks {
  user: string;
  read_seq?: number;
  delivered_seq?: number;
}

/** How far people have read and received: one's own marks are told, those of the others are kept. */
@Injectable({ providedIn: 'root' })
export class Receipts {
  private readonly api = inject(Api);
  private readonly session = inject(Session);
  private readonly conversations = inject(Conversations);
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly seen = new Map<string, number>();
  private readonly delivered = new Map<string, number>();

  /** Somebody has read or received. */
  hear(conversationId: string, marks: Marks): void {
    this.conversations.update(conversationId, (each) => ({
      ...each,
      members: each.members?.map((member) => (member.user_id === marks.user ? moved(member, marks) : member)),
    }));
  }

  /** A message was on the screen, of somebody who looked at it. */
  see(conversationId: string, seq: number): void {
    const conversation = this.conversations.get(conversationId);
    const known = Math.max(this.seen.get(conversationId) ?? 0, conversation?.my.read_seq ?? 0);
    if (!conversation || (seq <= known && !conversation.my.marked_unread)) return;
    this.seen.set(conversationId, Math.max(seq, known));
    this.later(`read ${conversationId}`, READ_MS, () => this.sendRead(conversationId));
  }

  /** Reads everything, from the list of conversations. */
  seeAll(conversationId: string): Promise<void> {
    this.seen.set(conversationId, this.conversations.get(conversationId)?.seq ?? 0);
    return this.sendRead(conversationId);
  }

  /** A message has arrived on this device. */
  receive(conversation: Conversation): void {
    if (conversation.member_count > MOST_MEMBERS) return;
    const known = this.delivered.get(conversation.id) ?? 0;
    if (conversation.seq <= Math.max(known, conversation.my.read_seq)) return;
    this.delivered.set(conversation.id, conversation.seq);
    this.later(`delivered ${conversation.id}`, DELIVERED_MS, () => this.sendDelivered(conversation.id));
  }

  clear(): void {
    this.timers.forEach((each) => clearTimeout(each));
    [this.timers, this.seen, this.delivered].forEach((each) => each.clear());
  }

  private later(key: string, ms: number, work: () => Promise<void>): void {
    if (this.timers.has(key)) return;
    const timer = setTimeout(() => {
      this.timers.delete(key);
      // A mark that was lost is told with the next one.
      void work().catch(() => this.seen.clear());
    }, ms);
    this.timers.set(key, timer);
  }

  private async sendRead(conversationId: string): Promise<void> {
    const upTo = this.seen.get(conversationId) ?? 0;
    const params = { path: { conversation_id: conversationId } };
    const body = { up_to_seq: upTo };
    const my = await this.api.ask((http) => http.POST('/v1/conversations/{conversation_id}/read', { params, body }));
    this.conversations.update(conversationId, (each) => ({ ...each, my, unread: my.read_seq >= each.seq ? 0 : each.unread }));
  }

  private async sendDelivered(conversationId: string): Promise<void> {
    const upTo = this.delivered.get(conversationId) ?? 0;
    if ((this.conversations.get(conversationId)?.my.read_seq ?? 0) >= upTo) return;
    const params = { path: { conversation_id: conversationId } };
    await this.api.ask((http) =>
      http.POST('/v1/conversations/{conversation_id}/delivered', { params, body: { up_to_seq: upTo } }),
    );
  }

  /** Returns how far a message of one's own has come: `read` when all of the others have. */
  of(conversation: Conversation, message: Message): Receipt {
    const me = this.session.me()?.id;
    const others = conversation.members?.filter((each) => each.user_id !== me) ?? [];
    const { seq } = message;
    if (seq === null || others.length === 0) return 'sent';
    if (others.every((each) => each.read_seq >= seq)) return 'read';
    return others.every((each) => Math.max(each.delivered_seq, each.read_seq) >= seq) ? 'delivered' : 'sent';
  }
}

function moved(member: Member, marks: Marks): Member {
  const read_seq = Math.max(member.read_seq, marks.read_seq ?? 0);
  return { ...member, read_seq, delivered_seq: Math.max(member.delivered_seq, marks.delivered_seq ?? 0, read_seq) };
}
