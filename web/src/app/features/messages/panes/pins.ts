import { Injectable, type Signal, type WritableSignal, effect, inject, signal } from '@angular/core';

import { Api } from '@core/api';
import { Live } from '@core/live';
import { Session } from '@core/session';
import type { Message } from '@core/store';

const GATHER_MS = 150;
const CHANGING = new Set(['pin.changed', 'message.deleted', 'message.edited']);

/** The pinned messages of the conversations that were looked at, kept up to date by the live path. */
@Injectable({ providedIn: 'root' })
export class Pins {
  private readonly api = inject(Api);
  private readonly known = new Map<string, WritableSignal<readonly Message[]>>();
  private readonly timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor() {
    const live = inject(Live);
    const session = inject(Session);
    live.frames.subscribe((frame) => {
      if (frame.t === 'event' && CHANGING.has(frame.type)) this.changed(frame.conv, frame.type, frame.data);
    });
    live.ready.subscribe(() => this.known.forEach((_, id) => this.loadSoon(id)));
    effect(() => {
      if (!session.isSignedIn()) this.known.clear();
    });
  }

  /** Returns the pinned messages of a conversation, the latest pin first. */
  of(conversationId: string): Signal<readonly Message[]> {
    const found = this.known.get(conversationId) ?? signal<readonly Message[]>([]);
    if (!this.known.has(conversationId)) {
      this.known.set(conversationId, found);
      this.loadSoon(conversationId);
    }
    return found.asReadonly();
  }

  private changed(conversationId: string, type: string, data: Record<string, unknown>): void {
    const pins = this.known.get(conversationId)?.();
    if (pins && (type === 'pin.changed' || pins.some((each) => each.id === data['id']))) this.loadSoon(conversationId);
  }

  private loadSoon(id: string): void {
    clearTimeout(this.timers.get(id));
    this.timers.set(
      id,
      setTimeout(() => void this.load(id).catch(() => undefined), GATHER_MS),
    );
  }

  private async load(id: string): Promise<void> {
    const params = { path: { conversation_id: id } };
    const { items } = await this.api.ask((http) => http.GET('/v1/conversations/{conversation_id}/pins', { params }));
    this.known.get(id)?.set(items.map((each) => ({ ...each, state: 'sent' })));
  }
}
