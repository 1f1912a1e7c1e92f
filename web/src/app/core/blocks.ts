import { Injectable, effect, inject, signal } from '@angular/core';

import { Api } from './api';
import { Session } from './session';

/** The people whom one has blocked. */
@Injectable({ providedIn: 'root' })
export class Blocks {
  private readonly api = inject(Api);
  private readonly list = signal<ReadonlySet<string>>(new Set());
  readonly ids = this.list.asReadonly();

  constructor() {
    const session = inject(Session);
    effect(() => {
      const id = session.me()?.id;
      this.list.set(new Set());
      if (id) void this.load().catch(() => undefined);
    });
  }

  has(userId: string): boolean {
    return this.list().has(userId);
  }

  async load(): Promise<void> {
    const { items } = await this.api.ask((http) => http.GET('/v1/blocks'));
    this.list.set(new Set(items.map((each) => each.user_id)));
  }

  async block(userId: string): Promise<void> {
    await this.api.ask((http) => http.PUT('/v1/blocks/{user_id}', { params: { path: { user_id: userId } } }));
    this.list.update((ids) => new Set([...ids, userId]));
  }

  async unblock(userId: string): Promise<void> {
    await this.api.ask((http) => http.DELETE('/v1/blocks/{user_id}', { params: { path: { user_id: userId } } }));
    this.list.update((ids) => new Set([...ids].filter((each) => each !== userId)));
  }
}
