/** Lets a few work at the same time; the others wait for their turn, first come first served. */
export class Turns {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(most: number) {
    this.free = most;
  }

  /** Waits for a turn; the answer ends it. Throws when `signal` is aborted before. */
  async take(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.free > 0) this.free--;
    else await this.queue(signal);
    let over = false;
    return () => {
      if (over) return;
      over = true;
      this.pass();
    };
  }

  private queue(signal: AbortSignal): Promise<void> {
    return new Promise((go, refuse) => {
      const start = () => {
        signal.removeEventListener('abort', leave);
        go();
      };
      const leave = () => {
        this.waiting.splice(this.waiting.indexOf(start), 1);
        refuse(signal.reason as Error);
      };
      this.waiting.push(start);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  private pass(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.free++;
  }
}
