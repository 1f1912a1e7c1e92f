import { type Signal, computed, effect, inject, linkedSignal, signal } from '@angular/core';

import { type Link, Links } from './links';

/** Attempts at what does not load, each after a longer pause. */
const TRIES = 3;
const FIRST_PAUSE_MS = 400;

/** A link for something that loads by it. Renewed ones do not disturb what has loaded; a broken one is replaced. */
export class HeldLink {
  private readonly links = inject(Links);
  private readonly isBroken = signal(false);
  private failures = 0;
  private readonly fresh = computed(() => {
    const id = this.id();
    return id ? this.links.of(id)() : null;
  });
  private readonly held = linkedSignal<{ link: Link | null; isBroken: boolean }, Link | null>({
    source: () => ({ link: this.fresh(), isBroken: this.isBroken() }),
    computation: ({ link, isBroken }, before) => {
      const old = before?.value;
      const isSame = old?.media_id === link?.media_id;
      return old && isSame && !isBroken ? old : link;
    },
  });

  readonly link: Signal<Link | null> = this.held.asReadonly();

  /** Made where components are; `id` is null while nothing is wanted. */
  constructor(private readonly id: () => string | null) {
    effect((onCleanup) => {
      const wanted = this.id();
      if (wanted) onCleanup(this.links.use([wanted]));
    });
  }

  /** What was loaded by it did not load. */
  failed(): void {
    const id = this.id();
    if (!id || this.failures >= TRIES) return;
    const wait = FIRST_PAUSE_MS * 4 ** this.failures++;
    this.isBroken.set(true);
    setTimeout(() => this.links.replace(id), wait);
  }

  /** It works. */
  loaded(): void {
    this.failures = 0;
    this.isBroken.set(false);
  }
}
