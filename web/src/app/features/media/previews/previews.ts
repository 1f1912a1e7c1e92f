import { Injectable, inject } from '@angular/core';

import { Api } from '@core/api';
import { asProblem } from '@core/problem';
import type { Schemas } from '@core/wire';

import { Turns } from '../uploads/turns';

export type Preview = Schemas['LinkPreviewView'];

const MOST = 300;
/** The server takes 30 a minute of a person: these leave room for another device. */
const PACE_MS = 2_500;
const FIRST_ONES = 6;

/** What web pages say of themselves: each is asked for once, and not too many at a time. */
@Injectable({ providedIn: 'root' })
export class Previews {
  private readonly api = inject(Api);
  private readonly asked = new Map<string, Promise<Preview | null>>();
  private readonly turns = new Turns(2);
  private budget = FIRST_ONES;
  private refilled = Date.now();

  /** Returns what a page says; null where it says nothing, or may not be asked. */
  of(url: string): Promise<Preview | null> {
    const found = this.asked.get(url) ?? this.ask(url);
    this.asked.delete(url);
    this.asked.set(url, found);
    if (this.asked.size > MOST) this.asked.delete(this.asked.keys().next().value!);
    return found;
  }

  private async ask(url: string): Promise<Preview | null> {
    const leave = await this.turns.take(new AbortController().signal);
    try {
      await this.pace();
      return await this.api.ask((http) => http.POST('/v1/link-previews', { body: { url } }));
    } catch (error) {
      // What may go well later is asked for again when it is seen again.
      if (asProblem(error).isTemporary) this.asked.delete(url);
      return null;
    } finally {
      leave();
    }
  }

  private async pace(): Promise<void> {
    const gained = Math.floor((Date.now() - this.refilled) / PACE_MS);
    this.budget = Math.min(FIRST_ONES, this.budget + gained);
    this.refilled += gained * PACE_MS;
    if (this.budget > 0) return void this.budget--;
    await new Promise((done) => setTimeout(done, PACE_MS));
    return this.pace();
  }
}
