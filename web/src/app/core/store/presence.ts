import { Injectable, type Signal, computed, inject, signal } from '@angular/core';

import type { ServerFrame } from '../frames';
import { Live } from '../live';
import { Session } from '../session';

import type { Presence } from './types';

const TYPING_MS = 5_000;
/** The server passes typing on at most this often. */
const SAY_EVERY_MS = 3_000;

type PresenceFrame = Extract<ServerFrame, { t: 'presence' }>;

/** Who is there, and who types where; nothing of it lasts. */
@Injectable({ providedIn: 'root' })
export class Presences {
  private readonly live = inject(Live);
  private readonly session = inject(Session);
  private readonly there = signal<ReadonlyMap<string, Presence>>(new Map());
  private readonly typers = signal<ReadonlyMap<string, readonly string[]>>(new Map());
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();
  private said = { conversationId: '', at: 0 };

  of(userId: string): Signal<Presence | undefined> {
    return computed(() => this.there().get(userId));
  }

  /** How many of these people are there. */
  countOnline(userIds: readonly string[]): number {
    return userIds.filter((each) => this.there().get(each)?.online).length;
  }

  typing(conversationId: string): Signal<readonly string[]> {
    return computed(() => this.typers().get(conversationId) ?? []);
  }

  /** Tells the others that one types. */
  sayTyping(conversationId: string): void {
    if (!this.live.isConnected()) return;
    const now = Date.now();
    if (this.said.conversationId === conversationId && now - this.said.at < SAY_EVERY_MS) return;
    this.said = { conversationId, at: now };
    this.live.say({ t: 'typing', conv: conversationId });
  }

  hearPresence(frame: PresenceFrame): void {
    this.there.update((before) => {
      const after = new Map(before);
      for (const each of frame.users) after.set(each.user_id, { online: each.online, lastSeenAt: each.last_seen_at });
      return after;
    });
  }

  hearTyping(conversationId: string, userId: string): void {
    if (userId === this.session.me()?.id) return;
    const key = `${conversationId} ${userId}`;
    clearTimeout(this.timers.get(key));
    this.timers.set(key, setTimeout(() => this.stopTyping(conversationId, userId), TYPING_MS));
    const now = this.typers().get(conversationId) ?? [];
    if (!now.includes(userId)) this.setTypers(conversationId, [...now, userId]);
  }

  /** Their message is there. */
  stopTyping(conversationId: string, userId: string): void {
    const now = this.typers().get(conversationId);
    if (now?.includes(userId)) this.setTypers(conversationId, now.filter((each) => each !== userId));
  }

  clear(): void {
    this.timers.forEach((each) => clearTimeout(each));
    this.timers.clear();
    this.there.set(new Map());
    this.typers.set(new Map());
  }

  private setTypers(conversationId: string, userIds: readonly string[]): void {
    this.typers.update((before) => new Map(before).set(conversationId, userIds));
  }
}
