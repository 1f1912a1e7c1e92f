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
  /** Files that are being sent, so that a reload goes on with them. */
  uploads: { key: string; value: UploadEntry };
}

export interface OutboxEntry {
  id: string;
  place: string;
  body: unknown;
  createdAt: number;
  /** Why it was refused; it waits for a decision then. */
  problem?: { code: string; status: number; retry_after_s?: number };
}

export interface UploadEntry {
  id: string;
  /** The conversation or channel that it is meant for. */
  place: string;
  name: string;
  type: string;
  size: number;
  /** Tells the same file when somebody chooses it again. */
  fingerprint: string;
  /** The bytes; null for files that are too large to be kept twice. */
  file: Blob | null;
  /** What the server made of it; null until it has answered. */
  mediaId: string | null;
  /** Whether a message that carries it was sent. */
  sent: boolean;
  createdAt: number;
}

const VERSION = 2;

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
      upgrade(database, from) {
        if (from < 1) {
          const outbox = database.createObjectStore('outbox', { keyPath: 'id' });
          outbox.createIndex('place', 'place');
          database.createObjectStore('cache', { keyPath: 'key' });
          database.createObjectStore('drafts', { keyPath: 'place' });
        }
        if (from < 2) database.createObjectStore('uploads', { keyPath: 'id' });
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
