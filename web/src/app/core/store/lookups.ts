import { Injectable, type Signal, type WritableSignal, computed, inject, signal } from '@angular/core';

import { Api } from '../api';
import { asProblem } from '../problem';

import { Logs } from './logs';
import type { Message } from './types';

/** Single messages that lie outside of what is loaded, such as those that are answered. */
@Injectable({ providedIn: 'root' })
export class Lookups {
  private readonly api = inject(Api);
  private readonly logs = inject(Logs);
  private readonly views = new Map<string, Signal<Message | null | undefined>>();
  private readonly found = new Map<string, WritableSignal<Message | null | undefined>>();

  of(conversationId: string, id: string): Signal<Message | null | undefined> {
    if (!this.logs.of(conversationId).byId(id)) void this.fetch(id);
    const view = this.views.get(id) ?? computed(() => this.look(conversationId, id));
    this.views.set(id, view);
    return view;
  }

  clear(): void {
    this.found.clear();
    this.views.clear();
  }

  private look(conversationId: string, id: string): Message | null | undefined {
    const log = this.logs.of(conversationId);
    log.revision();
    return log.byId(id) ?? this.found.get(id)?.();
  }

  private async fetch(id: string): Promise<void> {
    if (this.found.has(id)) return;
    const slot = signal<Message | null | undefined>(undefined);
    this.found.set(id, slot);
    try {
      const params = { path: { message_id: id } };
      slot.set({ ...(await this.api.ask((http) => http.GET('/v1/messages/{message_id}', { params }))), state: 'sent' });
    } catch (error) {
      if (asProblem(error).status === 404) slot.set(null);
      else this.found.delete(id);
    }
  }
}
