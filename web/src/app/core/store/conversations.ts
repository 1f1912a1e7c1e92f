import { Injectable, type Signal, computed, signal } from '@angular/core';

import type { Conversation } from './types';

/** The conversations that one is in. */
@Injectable({ providedIn: 'root' })
export class Conversations {
  private readonly map = signal<ReadonlyMap<string, Conversation>>(new Map());
  private readonly views = new Map<string, Signal<Conversation | undefined>>();

  readonly all = computed(() => [...this.map().values()]);

  get(id: string): Conversation | undefined {
    return this.map().get(id);
  }

  signalOf(id: string): Signal<Conversation | undefined> {
    const found = this.views.get(id) ?? computed(() => this.map().get(id));
    this.views.set(id, found);
    return found;
  }

  /** Puts conversations in; members that an answer does not name stay known. */
  put(...conversations: readonly Conversation[]): void {
    this.map.update((before) => {
      const after = new Map(before);
      for (const each of conversations) after.set(each.id, { ...each, members: each.members ?? before.get(each.id)?.members });
      return after;
    });
  }

  update(id: string, change: (conversation: Conversation) => Conversation): void {
    const before = this.get(id);
    if (before) this.put(change(before));
  }

  remove(id: string): void {
    this.map.update((before) => {
      const after = new Map(before);
      after.delete(id);
      return after;
    });
  }

  clear(): void {
    this.map.set(new Map());
  }
}

/** Returns when something last happened: when it was begun, or its last message. */
export function activity(conversation: Conversation): string {
  return conversation.last_message?.created_at ?? conversation.created_at;
}
