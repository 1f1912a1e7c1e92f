import { Injectable, inject } from '@angular/core';

import { Database, type UploadEntry } from '@core/database';
import { Session } from '@core/session';

/** The largest file that is kept twice, so that a reload goes on with it without asking for it again. */
const MOST_KEPT_BYTES = 200 * 1024 * 1024;
/** The server forgets an upload that nothing came for so long. */
const LIFE_MS = 24 * 3600 * 1000;

/** The uploads of this browser, as they outlive a reload. Where the browser keeps nothing, they just do not. */
@Injectable({ providedIn: 'root' })
export class KeptUploads {
  private readonly database = inject(Database);
  private readonly session = inject(Session);

  /** Returns those that the server still knows. */
  async list(): Promise<UploadEntry[]> {
    const all = (await this.with((database) => database.getAll('uploads'))) ?? [];
    const alive = all.filter((each) => each.createdAt > Date.now() - LIFE_MS);
    await Promise.all(all.filter((each) => !alive.includes(each)).map((each) => this.remove(each.id)));
    return alive.sort((a, b) => a.createdAt - b.createdAt);
  }

  async add(entry: UploadEntry): Promise<void> {
    const file = entry.size <= MOST_KEPT_BYTES ? entry.file : null;
    const kept = await this.with((database) => database.put('uploads', { ...entry, file }));
    // No room for the bytes: what the person has to choose again is still better than nothing.
    if (kept === null && file) await this.with((database) => database.put('uploads', { ...entry, file: null }));
  }

  async change(id: string, change: Partial<UploadEntry>): Promise<void> {
    await this.with(async (database) => {
      const change_ = database.transaction('uploads', 'readwrite');
      const entry = await change_.store.get(id);
      if (entry) await change_.store.put({ ...entry, ...change });
      await change_.done;
    });
  }

  async remove(id: string): Promise<void> {
    await this.with((database) => database.delete('uploads', id));
  }

  private async with<T>(work: (database: Awaited<ReturnType<Database['open']>>) => Promise<T>): Promise<T | null> {
    const person = this.session.me()?.id;
    if (!person) return null;
    try {
      return await work(await this.database.open(person));
    } catch {
      return null;
    }
  }
}
