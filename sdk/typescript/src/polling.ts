import type { Api } from './api.js';
import { isTemporary, ProblemError } from './errors.js';
import type { Pace, Pause } from './pace.js';
import type { Frame } from './wire.js';

/** The server holds a poll no longer than 30 s; proxies in between are often less patient. */
const LONGEST_POLL_MS = 25_000;

/** What a poll needs of the client around it. */
export interface PollingEnds {
  readonly api: Api;
  readonly pace: Pace;
  readonly pause: Pause;
  readonly onFrame: (frame: Frame) => void;
  /** Called when nothing is missed any more, also after a failure: ask `sync` each time. */
  readonly onBegan: () => void;
}

/** The long poll: the live path where no WebSocket opens. The server keeps nothing: the cursor says how far one is. */
export class Polling {
  private cursor: string | null = null;

  constructor(private readonly ends: PollingEnds) {}

  /** Polls until it is called off; called again, it goes on where it was. */
  async run(signal: AbortSignal): Promise<void> {
    let hasBegun = false;
    while (!signal.aborted) {
      try {
        const frames = await this.ask(hasBegun, signal);
        if (signal.aborted) return;
        if (!hasBegun) this.ends.onBegan();
        hasBegun = true;
        await this.handOver(frames);
      } catch (failure) {
        if (signal.aborted) return;
        this.forgive(failure);
        hasBegun = false;
        await this.ends.pause.after(failure);
      }
    }
  }

  private async ask(hasBegun: boolean, signal: AbortSignal): Promise<readonly Frame[]> {
    const most = Math.min(LONGEST_POLL_MS, this.ends.pace.answerMs / 2);
    const timeout = hasBegun ? Math.max(1, Math.floor(most / 1000)) : 0;
    // By POST, since the cursor of many conversations outgrows an address.
    const body = { timeout, ...(this.cursor !== null && { cursor: this.cursor }) };
    const answer = await this.ends.api.ask((http) => http.POST('/v1/poll', { body, signal }));
    if (!signal.aborted) this.cursor = answer.cursor;
    return answer.frames as unknown as readonly Frame[];
  }

  /** The cursor may be what was refused, and a first one is always given. */
  private forgive(failure: unknown): void {
    if (isTemporary(failure)) return;
    if (!(failure instanceof ProblemError) || this.cursor === null) throw failure;
    this.cursor = null;
  }

  private async handOver(frames: readonly Frame[]): Promise<void> {
    frames.forEach((each) => this.ends.onFrame(each));
    if (frames.some((each) => each.t === 'error')) await this.ends.pause.after();
    else this.ends.pause.reset();
  }
}
