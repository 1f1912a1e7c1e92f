import { Injectable, computed, effect, inject, signal, untracked } from '@angular/core';

import { Api } from '@core/api';
import { Badges } from '@core/badges';
import { Live } from '@core/live';
import { Session } from '@core/session';
import type { Schemas } from '@core/wire';

export type Notice = Schemas['NotificationView'];

const PAGE = 30;

/** What happened while one was away: the list, as far as somebody looked, and how much of it is unread. */
@Injectable({ providedIn: 'root' })
export class NotificationStore {
  private readonly api = inject(Api);
  private readonly session = inject(Session);
  private readonly list = signal<readonly Notice[]>([]);
  private readonly next = signal<string | null>(null);
  private readonly phase = signal<'idle' | 'loading' | 'loaded' | 'failed'>('idle');
  private asOf = '';
  private asked = 0;

  readonly items = this.list.asReadonly();
  readonly state = this.phase.asReadonly();
  readonly hasMore = computed(() => this.next() !== null);
  readonly unread = inject(Badges).notifications;
  readonly unreadOnly = signal(false);

  constructor() {
    const live = inject(Live);
    live.ready.subscribe(() => void (this.phase() === 'idle' ? this.count() : this.load()));
    live.frames.subscribe((frame) => {
      if (frame.t === 'user_event' && frame.type === 'notifications.changed') this.hear(frame.data);
    });
    const person = computed(() => this.session.me()?.id);
    effect(() => {
      person();
      untracked(() => this.forget());
    });
  }

  /** Asks for the newest lines, as many as are shown already. */
  async load(): Promise<void> {
    const mine = ++this.asked;
    if (this.phase() !== 'loaded') this.phase.set('loading');
    try {
      const page = await this.page(Math.min(100, Math.max(PAGE, this.list().length)));
      if (mine !== this.asked) return;
      this.list.set(page.items);
      this.take(page);
      this.phase.set('loaded');
    } catch {
      if (mine === this.asked && this.phase() === 'loading') this.phase.set('failed');
    }
  }

  async more(): Promise<void> {
    const after = this.next();
    if (!after) return;
    const mine = this.asked;
    const page = await this.page(PAGE, after);
    if (mine !== this.asked) return;
    const known = new Set(this.list().map((each) => each.id));
    this.list.update((list) => [...list, ...page.items.filter((each) => !known.has(each.id))]);
    this.take(page);
  }

  showUnreadOnly(only: boolean): void {
    if (only === this.unreadOnly()) return;
    this.unreadOnly.set(only);
    this.list.set([]);
    this.phase.set('loading');
    void this.load();
  }

  async markRead(id: string): Promise<void> {
    this.list.update((list) => list.map((each) => (each.id === id ? { ...each, read: true } : each)));
    await this.tell({ ids: [id] });
  }

  async markAllRead(): Promise<void> {
    const newest = this.list()[0]?.id;
    this.list.update((list) => list.map((each) => ({ ...each, read: true })));
    await this.tell(newest ? { up_to: newest } : {});
  }

  private async tell(body: Schemas['ReadNotificationsBody']): Promise<void> {
    try {
      const { unread } = await this.api.ask((http) => http.POST('/v1/notifications/read', { body }));
      this.unread.set(unread);
    } catch (error) {
      void this.load();
      throw error;
    }
  }

  private async count(): Promise<void> {
    const page = await this.page(1).catch(() => null);
    if (page) this.unread.set(page.unread);
  }

  private page(limit: number, after?: string): Promise<Schemas['NotificationPage']> {
    const query = { limit, after, unread_only: this.unreadOnly() };
    return this.api.ask((http) => http.GET('/v1/notifications', { params: { query } }));
  }

  private take(page: Schemas['NotificationPage']): void {
    this.next.set(page.next);
    this.unread.set(page.unread);
  }

  private hear(data: Record<string, unknown>): void {
    const asOf = String(data['as_of']);
    if (asOf < this.asOf) return;
    this.asOf = asOf;
    this.unread.set(Number(data['unread']));
    if (this.phase() !== 'idle') void this.load();
  }

  private forget(): void {
    this.asked++;
    this.list.set([]);
    this.next.set(null);
    this.phase.set('idle');
    this.unread.set(0);
    this.asOf = '';
  }
}
