import { Injectable, signal } from '@angular/core';

const KEY = 'charla.lives';

/** How long one's messages live in each conversation, as chosen on this device; null for ever. */
@Injectable({ providedIn: 'root' })
export class Lives {
  private readonly kept = signal<Readonly<Record<string, number>>>(read());

  of(conversationId: string): number | null {
    return this.kept()[conversationId] ?? null;
  }

  choose(conversationId: string, seconds: number | null): void {
    this.kept.update(({ [conversationId]: _, ...others }) =>
      seconds === null ? others : { ...others, [conversationId]: seconds },
    );
    try {
      localStorage.setItem(KEY, JSON.stringify(this.kept()));
    } catch {
      // Without room it is remembered until the page is closed.
    }
  }
}

function read(): Record<string, number> {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return Object.fromEntries(Object.entries(found as object).filter(([, seconds]) => Number(seconds) > 0));
  } catch {
    return {};
  }
}
