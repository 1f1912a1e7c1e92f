import { type Signal, signal } from '@angular/core';

import type { Message } from './types';

/** Messages of one conversation, by their gap-free `seq`; sparse, since a page at a time is fetched. */
export class MessageLog {
  private readonly changes = signal(0);

  /** Changes with everything in it; read it where `at` is read in a computation. */
  readonly revision: Signal<number> = this.changes.asReadonly();

  /** Returns what stands at a seq: null where nothing is (any more), undefined while it is unknown. */
  at(_seq: number): Message | null | undefined {
    return undefined;
  }

  /** Returns a message that is known, by its id. */
  byId(_id: string): Message | undefined {
    return undefined;
  }
}
