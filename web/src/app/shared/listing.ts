import { computed, signal } from '@angular/core';

import { type ProblemError, asProblem } from '@core/problem';

interface Page<T> {
  items: T[];
  next: string | null;
}

/** A list of the API, a page at a time. */
export class Listing<T> {
  private readonly next = signal<string | null>(null);
  private asked = 0;
  readonly items = signal<readonly T[]>([]);
  readonly state = signal<'loading' | 'loaded' | 'failed'>('loading');
  readonly problem = signal<ProblemError | null>(null);
  readonly hasMore = computed(() => this.next() !== null);

  constructor(private readonly ask: (after: string | undefined) => Promise<Page<T>>) {}

  /** Asks for the first page; what is shown stays until it is there. */
  async load(): Promise<void> {
    const mine = ++this.asked;
    try {
      const page = await this.ask(undefined);
      if (mine !== this.asked) return;
      this.items.set(page.items);
      this.next.set(page.next);
      this.state.set('loaded');
    } catch (error) {
      if (mine !== this.asked) return;
      this.problem.set(asProblem(error));
      this.state.set('failed');
    }
  }

  async more(): Promise<void> {
    const after = this.next();
    if (!after) return;
    const mine = this.asked;
    const page = await this.ask(after);
    if (mine !== this.asked) return;
    this.items.update((items) => [...items, ...page.items]);
    this.next.set(page.next);
  }

  change(work: (items: readonly T[]) => readonly T[]): void {
    this.items.update(work);
  }
}
