import { Injectable } from '@angular/core';
import { type DBSchema, type IDBPDatabase, deleteDB, openDB } from 'idb';

/** What this browser keeps of one person. A store is added here, with a higher VERSION. */
export interface CharlaDb extends DBSchema {
  /** Messages that wait to be sent, by their client's id. */
  outbox: { key: string; value: OutboxEntry; indexes: { place: string } };
  /** Lists and pages as they were last seen, by a name such as `conversations`. */
  cache: { key: string; value: { key: string; value: unknown; savedAt: number } };
  /** Unsent texts, by conversation or channel. */
  drafts: { key: string; value: { place: string; value: unknown; savedAt: number } };
}

export interface OutboxEntry {
  id: string;
  place: string;
  body: unknown;
  createdAt: number;
}

const VERSION = 1;

/** Opens the IndexedDB database of a person, one for each. */
@Injectable({ providedIn: 'root' })
export class Database {
  private readonly opened = new Map<string, Promise<IDBPDatabase<CharlaDb>>>();

  open(userId: string): Promise<IDBPDatabase<CharlaDb>> {
    const found = this.opened.get(userId) ?? this.make(userId);
    this.opened.set(userId, found);
    return found;
  }

  /** Removes everything that is kept of a person. */
  async forget(userId: string): Promise<void> {
    const open = this.opened.get(userId);
    this.opened.delete(userId);
    (await open?.catch(() => undefined))?.close();
    await deleteDB(nameOf(userId)).catch(() => undefined);
  }

  private make(userId: string): Promise<IDBPDatabase<CharlaDb>> {
    const again = () => this.opened.delete(userId);
    return openDB<CharlaDb>(nameOf(userId), VERSION, {
      upgrade(database) {
        const outbox = database.createObjectStore('outbox', { keyPath: 'id' });
        outbox.createIndex('place', 'place');
        database.createObjectStore('cache', { keyPath: 'key' });
        database.createObjectStore('drafts', { keyPath: 'place' });
      },
      // Another tab wants to change or remove it: let go, and open again when it is needed.
      blocking(_from, _to, event) {
        (event.target as IDBDatabase).close();
        again();
      },
      terminated: again,
    });
  }
}

function nameOf(userId: string): string {
  return `charla-${userId}`;
}
