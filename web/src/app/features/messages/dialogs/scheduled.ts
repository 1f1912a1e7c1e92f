import { Injectable, type Signal, computed, effect, inject, signal } from '@angular/core';

import { Api } from '@core/api';
import { Live } from '@core/live';
import { Outbox } from '@core/outbox';
import { Session } from '@core/session';
import type { Schemas } from '@core/wire';
import { Toasts } from '@shared/toast';

export type Waiting = Schemas['ScheduledView'];

const GATHER_MS = 150;

/** One's messages that wait for their time, in all conversations. */
@Injectable({ providedIn: 'root' })
export class Scheduled {
  private readonly api = inject(Api);
  private readonly toasts = inject(Toasts);
  private readonly list = signal<readonly Waiting[]>([]);
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    const live = inject(Live);
    const session = inject(Session);
    live.frames.subscribe((frame) => {
      if (frame.t === 'user_event' && frame.type === 'scheduled.changed') this.changed(frame.data);
    });
    live.ready.subscribe(() => this.loadSoon());
    inject(Outbox).answers.subscribe((answer) => 'send_at' in answer && this.loadSoon());
    effect(() => {
      if (session.isSignedIn()) this.loadSoon();
      else this.list.set([]);
    });
  }

  /** Returns what waits in a conversation, the next first. */
  of(conversationId: string): Signal<readonly Waiting[]> {
    return computed(() => this.list().filter((each) => each.conversation_id === conversationId));
  }

  async cancel(id: string): Promise<void> {
    try {
      await this.api.ask((http) =>
        http.DELETE('/v1/scheduled/{scheduled_id}', { params: { path: { scheduled_id: id } } }),
      );
      this.list.update((list) => list.filter((each) => each.id !== id));
    } catch (error) {
      this.toasts.fail(error);
      this.loadSoon();
    }
  }

  private changed(data: Record<string, unknown>): void {
    if (data['state'] === 'failed')
      this.toasts.show($localize`:@@messages.scheduled.failed:A message that was to be sent later could not be sent.`);
    this.loadSoon();
  }

  private loadSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.load().catch(() => undefined), GATHER_MS);
  }

  private async load(): Promise<void> {
    this.list.set((await this.api.ask((http) => http.GET('/v1/scheduled'))).items);
  }
}
