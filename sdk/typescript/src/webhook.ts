import { patientFetch } from './api.js';
import { isTemporary } from './errors.js';
import { PACE, Pause, Stop, type Pace } from './pace.js';
import { problemOf, type Fetch } from './session.js';
import type { Schemas } from './wire.js';

export interface Post {
  readonly entities?: Schemas['PostBody']['entities'];
  /** The `Idempotency-Key`, for a program that may try again after it was restarted; made unless given. */
  readonly key?: string;
}

/** A way into a group for whoever has its address, which needs no account. */
export class Webhook {
  private readonly pace: Pace;
  private readonly send: Fetch;

  constructor(
    private readonly url: string,
    private readonly options: { readonly pace?: Partial<Pace>; readonly tries?: number } = {},
  ) {
    this.pace = { ...PACE, ...options.pace };
    this.send = patientFetch(this.pace.answerMs);
  }

  /** Lets a message appear, once, however often that has to be tried. */
  async post(text: string, { entities, key = crypto.randomUUID() }: Post = {}): Promise<Schemas['PostedView']> {
    const pause = new Pause(this.pace, new Stop());
    for (let left = this.options.tries ?? 5; ; left--) {
      try {
        return await this.attempt(JSON.stringify({ text, entities }), key);
      } catch (failure) {
        if (left <= 1 || !isTemporary(failure)) throw failure;
        await pause.after(failure);
      }
    }
  }

  private async attempt(body: string, key: string): Promise<Schemas['PostedView']> {
    const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': key };
    const answer = await this.send(new Request(this.url, { method: 'POST', headers, body }));
    if (!answer.ok) throw await problemOf(answer);
    return (await answer.json()) as Schemas['PostedView'];
  }
}
