/** What Node.js has and browsers have not: files. */
import { constants } from 'node:fs';
import { open, readFile, rename, rm, type FileHandle } from 'node:fs/promises';

import { StorageInUse } from './errors.js';
import { sorted, type Storage } from './storage.js';

/** What this process has open. */
const OPEN = new Set<string>();

/**
 * A storage in a file: each change is a line that is on the disk when its promise resolves; opening it writes it anew
 * without what was replaced. `<path>.lock` names the process that has it open.
 */
export class FileStorage implements Storage {
  private readonly values = new Map<string, string>();
  private file: FileHandle | null = null;
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly path: string) {}

  async open(): Promise<void> {
    await this.lock();
    for (const line of (await readIfThere(this.path)).split('\n')) this.take(line);
    const draft = `${this.path}.new`;
    const file = await open(draft, 'w', 0o600);
    await file.writeFile([...this.values].map((each) => lineOf(...each)).join(''));
    await file.datasync();
    await file.close();
    await rename(draft, this.path);
    this.file = await open(this.path, 'a', 0o600);
  }

  async close(): Promise<void> {
    await this.writing;
    await this.file?.close();
    this.file = null;
    await rm(`${this.path}.lock`, { force: true });
    OPEN.delete(this.path);
  }

  async set(key: string, value: string): Promise<void> {
    this.values.set(key, value);
    await this.append(lineOf(key, value));
  }

  async delete(key: string): Promise<void> {
    this.values.delete(key);
    await this.append(lineOf(key, null));
  }

  async all(): Promise<[string, string][]> {
    return sorted(this.values);
  }

  /** Takes one line over; the last one may have been cut off by a crash, and was never promised then. */
  private take(line: string): void {
    let change: unknown;
    try {
      change = JSON.parse(line);
    } catch {
      return;
    }
    const [key, value] = change as [string, string | null];
    if (value === null) this.values.delete(key);
    else this.values.set(key, value);
  }

  private append(line: string): Promise<void> {
    const written = this.writing.then(async () => {
      if (!this.file) throw new Error('the storage is closed');
      await this.file.appendFile(line);
      await this.file.datasync();
    });
    this.writing = written.catch(() => undefined);
    return written;
  }

  private async lock(): Promise<void> {
    const path = `${this.path}.lock`;
    const pid = Number(await readIfThere(path));
    // A process that has this one's number, and is not this one, is a former one: numbers are used again.
    if (pid === process.pid ? OPEN.has(this.path) : isAlive(pid)) throw new StorageInUse(this.path);
    OPEN.add(this.path);
    await rm(path, { force: true });
    try {
      const lock = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
      await lock.writeFile(String(process.pid));
      await lock.close();
    } catch (failure) {
      throw new StorageInUse(this.path, { cause: failure });
    }
  }
}

function lineOf(key: string, value: string | null): string {
  return `${JSON.stringify([key, value])}\n`;
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (failure) {
    if ((failure as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw failure;
  }
}

/** Whether a process is there; the signal 0 only asks. */
function isAlive(pid: number): boolean {
  if (!pid) return false;
  try {
    return process.kill(pid, 0);
  } catch (failure) {
    return (failure as NodeJS.ErrnoException).code === 'EPERM';
  }
}
