import { StorageInUse } from './errors.js';
import { sorted, type Storage } from './storage.js';

const STORE = 'values';

/** A storage in a browser's IndexedDB. One tab at a time has it open, by a Web Lock that ends with the tab. */
export class IndexedDbStorage implements Storage {
  private database: IDBDatabase | null = null;
  private release: () => void = () => undefined;

  constructor(private readonly name = 'charla-sdk') {}

  async open(): Promise<void> {
    await this.lock();
    const request = indexedDB.open(this.name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    this.database = await answerOf(request);
  }

  async close(): Promise<void> {
    this.database?.close();
    this.database = null;
    this.release();
  }

  async set(key: string, value: string): Promise<void> {
    await this.change((store) => store.put(value, key));
  }

  async delete(key: string): Promise<void> {
    await this.change((store) => store.delete(key));
  }

  async all(): Promise<[string, string][]> {
    const store = this.transaction('readonly').objectStore(STORE);
    const [keys, values] = await Promise.all([answerOf(store.getAllKeys()), answerOf(store.getAll())]);
    return sorted(new Map(keys.map((key, index) => [String(key), String(values[index])])));
  }

  private transaction(mode: IDBTransactionMode): IDBTransaction {
    if (!this.database) throw new Error('the storage is closed');
    return this.database.transaction(STORE, mode, { durability: 'strict' });
  }

  private change(work: (store: IDBObjectStore) => IDBRequest): Promise<void> {
    const transaction = this.transaction('readwrite');
    work(transaction.objectStore(STORE));
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  }

  private lock(): Promise<void> {
    if (typeof navigator === 'undefined' || !('locks' in navigator)) return Promise.resolve();
    return new Promise((resolve, reject) => {
      void navigator.locks.request(`charla-sdk.${this.name}`, { ifAvailable: true }, (lock) => {
        if (!lock) return reject(new StorageInUse(this.name));
        resolve();
        return new Promise<void>((release) => (this.release = release));
      });
    });
  }
}

function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
