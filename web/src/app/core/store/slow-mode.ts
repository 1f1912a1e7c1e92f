import { Injectable, inject, signal } from '@angular/core';

import { Outbox } from '../outbox';
import { Session } from '../session';

import { Logs } from './logs';
import type { MessageLog } from './message-log';
import type { Conversation } from './types';

/** One's own last message is looked for among so many of the newest. */
const LOOKED_AT = 60;

/** When one may write again in groups whose members have to wait between two messages. */
@Injectable({ providedIn: 'root' })
export class SlowMode {
  private readonly logs = inject(Logs);
  private readonly session = inject(Session);
  /** What the server said when it refused a message: it knows best, but only then. */
  private readonly told = signal<ReadonlyMap<string, number>>(new Map());

  constructor() {
    inject(Outbox).delays.subscribe(({ place, code, seconds }) => {
      if (code === 'slow_mode') this.told.update((told) => new Map(told).set(place, Date.now() + seconds * 1000));
    });
  }

  /** Returns the time, in ms, from which on one may write; read it in a computation. 0 where nobody has to wait. */
  until(conversation: Conversation): number {
    if (!conversation.slow_mode_s || conversation.role !== 'member') return 0;
    const log = this.logs.of(conversation.id);
    log.revision();
    const last = lastOf(log, conversation.seq, this.session.me()?.id ?? '');
    const own = last === null ? 0 : last + conversation.slow_mode_s * 1000;
    return Math.max(own, this.told().get(conversation.id) ?? 0);
  }
}

/** Returns when somebody last wrote among the newest messages, as far as they are known; what they sent on counts too. */
export function lastOf(log: MessageLog, newest: number, authorId: string): number | null {
  for (let seq = newest; seq > Math.max(0, newest - LOOKED_AT); seq--) {
    const message = log.at(seq);
    if (message && message.author_id === authorId && message.kind !== 'system') return Date.parse(message.created_at);
  }
  return null;
}

/** Returns how many seconds are left until then. A clock that is wrong makes nobody wait longer than the group says. */
export function secondsLeft(until: number, now: number, most: number): number {
  return Math.max(0, Math.min(most, Math.ceil((until - now) / 1000)));
}
