import { ProblemError } from './errors.js';

/** Durations in milliseconds. */
export interface Pace {
  /** About the first pause after a failure; it doubles with each further one. */
  readonly firstPauseMs: number;
  /** A pause never grows beyond it, unless the server asks for more. */
  readonly longestPauseMs: number;
  /** So often `sync` is asked though nothing seems to be wrong. */
  readonly syncMs: number;
  /** So often the socket is tried; what the server says unless this is less. */
  readonly heartbeatMs: number;
  /** So long polls go on, where no socket opens, before one is tried again. */
  readonly socketAgainMs: number;
  /** For how long opening a socket may take. */
  readonly connectMs: number;
  /** For how long the answer to a request is waited for. */
  readonly answerMs: number;
}

export const PACE: Pace = {
  firstPauseMs: 1_000,
  longestPauseMs: 30_000,
  syncMs: 60_000,
  heartbeatMs: 25_000,
  socketAgainMs: 300_000,
  connectMs: 10_000,
  answerMs: 20_000,
};

/** Growing pauses with jitter, so that many clients do not come back in the same moment. */
export class Pause {
  private failures = 0;
  private end: () => void = () => undefined;

  constructor(
    private readonly pace: Pace,
    private readonly stopped: Stop,
  ) {}

  /** Whether everything has stopped. */
  get isOver(): boolean {
    return this.stopped.isSet;
  }

  /** It went well: the next pause is a short one. */
  reset(): void {
    this.failures = 0;
  }

  /** Ends the pause that is being made. */
  hurry(): void {
    this.end();
  }

  /** Waits; at least as long as a refusal asks for. */
  after(failure?: unknown): Promise<void> {
    const asked = failure instanceof ProblemError ? failure.retryAfterMs : 0;
    const growing = Math.min(this.pace.firstPauseMs * 2 ** this.failures, this.pace.longestPauseMs);
    this.failures = Math.min(this.failures + 1, 32);
    return this.wait(Math.max(asked, growing * (0.5 + Math.random() / 2)));
  }

  /** Waits for so long, until `hurry`, or until everything stops. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.stopped.remove(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.end = end;
      this.stopped.add(end);
      if (this.stopped.isSet) end();
    });
  }
}

/** That everything shall end. */
export class Stop {
  private readonly listeners = new Set<() => void>();
  isSet = false;

  set(): void {
    if (this.isSet) return;
    this.isSet = true;
    [...this.listeners].forEach((each) => each());
  }

  /** Calls a function when it is set. */
  add(listener: () => void): void {
    this.listeners.add(listener);
  }

  remove(listener: () => void): void {
    this.listeners.delete(listener);
  }
}

/** Something that is waited for again and again. */
export class Bell {
  private rung = false;
  private wake: (() => void) | null = null;

  ring(): void {
    this.rung = true;
    this.wake?.();
  }

  /** Waits until it was rung since the last wait. */
  async heard(): Promise<void> {
    if (!this.rung) await new Promise<void>((resolve) => (this.wake = resolve));
    this.wake = null;
    this.rung = false;
  }
}
