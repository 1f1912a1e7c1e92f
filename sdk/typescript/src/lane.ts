import { isTemporary, ProblemError } from './errors.js';
import type { ChatEvent } from './events.js';
import { Bell, type Pause, type Stop } from './pace.js';
import type { Page, Place } from './places.js';

/** As many events may wait in memory; what comes beyond is asked for again later. */
const MOST_WAITING = 1_000;

/** What a lane needs of the client around it. */
export interface LaneEnds {
  readonly handle: (event: ChatEvent) => Promise<void>;
  readonly save: (place: string, number: number) => Promise<void>;
  readonly pause: Pause;
  readonly stopped: Stop;
}

/** The events of one place: each is handled once, in order, whatever way it came. */
export class Lane {
  private readonly waiting: ChatEvent[] = [];
  private readonly bell = new Bell();
  private target = 0;
  private firstSeen = Infinity;
  private restartAt: number | null = null;
  private ending = false;

  /** `head` is the number of the last event that was handled; null where the person has just come. */
  constructor(
    private readonly place: Place,
    public head: number | null,
    private readonly ends: LaneEnds,
  ) {
    ends.stopped.add(() => this.bell.ring());
  }

  /** Takes an event over from the socket. */
  put(event: ChatEvent): void {
    const number = event.number ?? 0;
    this.firstSeen = Math.min(this.firstSeen, number);
    if (this.waiting.length < MOST_WAITING) this.waiting.push(event);
    else this.target = Math.max(this.target, number);
    this.bell.ring();
  }

  /** There are events up to a number. */
  reach(number: number): void {
    this.target = Math.max(this.target, number);
    this.bell.ring();
  }

  /** Older data was restored; the place goes on from a number. */
  startOver(number: number): void {
    this.waiting.length = 0;
    this.target = 0;
    this.restartAt = number;
    this.bell.ring();
  }

  /** The person has left: what came is handled, and nothing is asked for any more. */
  end(): void {
    this.ending = true;
    this.bell.ring();
  }

  hurry(): void {
    this.ends.pause.hurry();
  }

  /** Handles events until `end`, until everything stops, or until the server refuses the place to this person. */
  async run(): Promise<void> {
    try {
      await this.begin();
      while (await this.something()) await this.step();
    } catch (failure) {
      if (!(failure instanceof ProblemError) && !this.ends.stopped.isSet) throw failure;
    }
  }

  private get at(): number {
    return this.head ?? 0;
  }

  /** Waits for something to do; returns whether there is. */
  private async something(): Promise<boolean> {
    while (!this.ends.stopped.isSet) {
      if (this.waiting.length || this.target > this.at || this.restartAt !== null) return true;
      if (this.ending) return false;
      await this.bell.heard();
    }
    return false;
  }

  private async step(): Promise<void> {
    if (this.restartAt !== null) return this.restart(this.restartAt);
    const event = this.waiting.shift();
    const number = event?.number ?? this.target;
    if (number <= this.at) return;
    if (event && number === this.at + 1) await this.take(event);
    else if (this.ending) this.target = 0;
    else await this.repair(number);
  }

  private async take(event: ChatEvent): Promise<void> {
    await this.ends.handle(event);
    this.head = event.number ?? 0;
    if (!this.ending) await this.ends.save(this.place.key, this.head);
  }

  /** Asks for what was missed, up to a number. */
  private async repair(until: number): Promise<void> {
    while (this.at < until && !this.ends.stopped.isSet) {
      const page: Page = await this.patiently(() => this.place.eventsAfter(this.at));
      if (page.reset) return this.startOver(page.last);
      for (const event of page.events) {
        if (this.ends.stopped.isSet) return;
        if (event.number === this.at + 1) await this.take(event);
      }
      if (!page.more) {
        // Whatever is beyond does not exist for this person (yet); the next sync says so again if it does.
        this.target = Math.min(this.target, this.at);
        return;
      }
    }
  }

  /** Finds out where somebody who has just come begins: not after what the socket has told already. */
  private async begin(): Promise<void> {
    if (this.head !== null) return;
    const beginning = await this.patiently(() => this.place.beginning());
    this.head = Math.min(beginning, this.firstSeen - 1);
    await this.ends.save(this.place.key, this.head);
  }

  /** Asks until there is an answer. */
  private async patiently<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const answer = await ask();
        this.ends.pause.reset();
        return answer;
      } catch (failure) {
        if (!isTemporary(failure) || this.ends.stopped.isSet) throw failure;
        await this.ends.pause.after(failure);
      }
    }
  }

  private async restart(number: number): Promise<void> {
    this.restartAt = null;
    this.head = number;
    await this.ends.handle(this.place.reset(number));
    await this.ends.save(this.place.key, number);
  }
}
