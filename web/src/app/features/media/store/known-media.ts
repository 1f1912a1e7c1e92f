import { Injectable, inject } from '@angular/core';

import { Database } from '@core/database';
import { Session } from '@core/session';

import type { Media } from './media-store';

const KEY = 'media';
const MOST = 500;
const SAVE_MS = 2_000;

/** The media seen last in this browser. So a conversation that is opened again has its final shape at once. */
@Injectable({ providedIn: 'root' })
export class KnownMedia {
  private readonly database = inject(Database);
  private readonly session = inject(Session);
  private media = new Map<string, Media>();
  private loading: Promise<ReadonlyMap<string, Media>> | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  load(): Promise<ReadonlyMap<string, Media>> {
    this.loading ??= this.read();
    return this.loading;
  }

  /** Keeps what does not change any more. */
  learn(media: Media): void {
    if (media.state !== 'ready') return;
    this.media.delete(media.id);
    this.media.set(media.id, media);
    this.save();
  }

  lose(id: string): void {
    if (this.media.delete(id)) this.save();
  }

  forget(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.media = new Map();
    this.loading = null;
  }

  private async read(): Promise<ReadonlyMap<string, Media>> {
    const person = this.session.me()?.id;
    const entry = person && (await this.database.open(person).then((database) => database.get('cache', KEY)).catch(() => undefined));
    const kept = entry ? (entry.value as Media[]) : [];
    this.media = new Map([...kept.map((each) => [each.id, each] as const), ...this.media]);
    return this.media;
  }

  private save(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.write();
    }, SAVE_MS);
  }

  private async write(): Promise<void> {
    const person = this.session.me()?.id;
    if (!person) return;
    await this.load();
    const value = [...this.media.values()].slice(-MOST);
    await this.database.open(person).then((database) => database.put('cache', { key: KEY, value, savedAt: Date.now() })).catch(() => undefined);
  }
}
