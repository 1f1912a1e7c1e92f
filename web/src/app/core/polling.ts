import type { Api } from './api';
import type { ServerFrame } from './frames';

const TIMEOUT_S = 25;
const PAUSE_MS = 2_000;

/** The long poll: the live path where no WebSocket opens. */
export class Polling {
  private running: AbortController | null = null;

  constructor(
    private readonly api: Api,
    private readonly pass: (frames: ServerFrame[]) => void,
  ) {}

  get isOn(): boolean {
    return this.running !== null;
  }

  /** Polls until it is stopped; `began` is called when nothing is missed any more, also after a failure. */
  start(began: () => void): void {
    this.stop();
    this.running = new AbortController();
    void this.run(this.running.signal, began);
  }

  stop(): void {
    this.running?.abort();
    this.running = null;
  }

  private async run(signal: AbortSignal, began: () => void): Promise<void> {
    let cursor: string | null = null;
    while (!signal.aborted) {
      const before = cursor;
      try {
        const answer = await this.ask(before, signal);
        if (signal.aborted) return;
        cursor = answer.cursor;
        if (before === null) began();
        this.pass(answer.frames as unknown as ServerFrame[]);
      } catch {
        // The cursor may be what was refused; a first one is given at once.
        cursor = null;
        await new Promise((done) => setTimeout(done, PAUSE_MS * (0.5 + Math.random())));
      }
    }
  }

  private ask(cursor: string | null, signal: AbortSignal) {
    // By POST, since the cursor of many conversations outgrows an address.
    const body = cursor === null ? { timeout: 0 } : { cursor, timeout: TIMEOUT_S };
    return this.api.ask((http) => http.POST('/v1/poll', { body, signal }));
  }
}
