import { StorageOfAnother } from './errors.js';

/**
 * What outlives the process: texts under keys. A `set` has to be safe when its promise resolves, and a storage has to
 * refuse (`StorageInUse`) to be open twice.
 */
export interface Storage {
  open(): Promise<void>;
  close(): Promise<void>;
  set(key: string, value: string): Promise<void>;
  delete(key: string): Promise<void>;
  /** All keys and values, in the order of the keys. */
  all(): Promise<readonly (readonly [string, string])[]>;
}

/** A storage that ends with its process. */
export class MemoryStorage implements Storage {
  private readonly values = new Map<string, string>();

  async open(): Promise<void> {}

  async close(): Promise<void> {}

  async set(key: string, value: string): Promise<void> {
    this.values.set(key, value);
  }

  async delete(key: string): Promise<void> {
    this.values.delete(key);
  }

  async all(): Promise<[string, string][]> {
    return sorted(this.values);
  }
}

/** Returns the entries in the order of their keys. */
export function sorted(values: ReadonlyMap<string, string>): [string, string][] {
  return [...values].sort(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
}

const HEAD = 'head ';
const OUTBOX = 'outbox ';

/** A message on its way. */
export interface Entry {
  readonly key: string;
  readonly conversationId: string;
  readonly body: Readonly<Record<string, unknown>> & { readonly client_msg_id: string };
  /** Why it was refused; not there while it waits. */
  readonly problem?: Readonly<Record<string, unknown>>;
}

/** What the client keeps in its storage: messages, how far each place was handled, and single facts. */
export class Store {
  private readonly heads = new Map<string, number>();
  private readonly messages = new Map<string, Entry>();
  private readonly facts = new Map<string, string>();
  private position = 0;

  constructor(private readonly storage: Storage) {}

  async open(): Promise<void> {
    await this.storage.open();
    for (const [key, value] of await this.storage.all()) {
      if (key.startsWith(HEAD)) this.heads.set(key.slice(HEAD.length), Number(value));
      else if (key.startsWith(OUTBOX)) this.messages.set(key, { key, ...JSON.parse(value) });
      else this.facts.set(key, value);
    }
    this.position = Number([...this.messages.keys()].at(-1)?.slice(OUTBOX.length) ?? 0);
  }

  close(): Promise<void> {
    return this.storage.close();
  }

  /** Keeps one account's messages from being sent by another. */
  async belongTo(userId: string): Promise<void> {
    const owner = this.facts.get('user');
    if (owner === undefined) await this.setFact('user', userId);
    else if (owner !== userId) throw new StorageOfAnother('this storage is another account\'s');
  }

  /** All messages, the oldest first. */
  entries(): Entry[] {
    return [...this.messages.values()];
  }

  /** Stores a message; one whose id is there already stays as it is. */
  async add(conversationId: string, body: Entry['body']): Promise<void> {
    if (this.find(body.client_msg_id)) return;
    const key = OUTBOX + String(++this.position).padStart(15, '0');
    await this.put({ key, conversationId, body });
  }

  find(clientMsgId: string): Entry | undefined {
    return this.entries().find((each) => each.body.client_msg_id === clientMsgId);
  }

  /** Keeps a message as it is now. */
  async put(entry: Entry): Promise<void> {
    const { key, ...rest } = entry;
    await this.storage.set(key, JSON.stringify(rest));
    this.messages.set(key, entry);
  }

  async remove(entry: Entry): Promise<void> {
    await this.storage.delete(entry.key);
    this.messages.delete(entry.key);
  }

  /** The last handled number of each place. */
  knownHeads(): Map<string, number> {
    return new Map(this.heads);
  }

  async setHead(place: string, number: number): Promise<void> {
    this.heads.set(place, number);
    await this.storage.set(HEAD + place, String(number));
  }

  async forgetHead(place: string): Promise<void> {
    this.heads.delete(place);
    await this.storage.delete(HEAD + place);
  }

  fact(name: string): string | undefined {
    return this.facts.get(name);
  }

  async setFact(name: string, value: string): Promise<void> {
    if (this.facts.get(name) === value) return;
    this.facts.set(name, value);
    await this.storage.set(name, value);
  }
}
