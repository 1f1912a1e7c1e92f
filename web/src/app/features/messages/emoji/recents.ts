import { Injectable, computed, signal } from '@angular/core';

const KEY = 'charla.emoji';
const MOST = 32;
const FIRST = ['👍', '❤️', '😂', '😮', '😢', '🙏'];

interface Kept {
  used: string[];
  tone: number;
}

/** The emoji that somebody used last on this device, and the skin tone that they chose (0 for none). */
@Injectable({ providedIn: 'root' })
export class Recents {
  private readonly kept = signal<Kept>(read());
  readonly used = computed(() => this.kept().used);
  readonly tone = computed(() => this.kept().tone);
  /** Those for a quick reaction: six, the last used first. */
  readonly quick = computed(() => [...new Set([...this.kept().used, ...FIRST])].slice(0, FIRST.length));

  use(emoji: string): void {
    this.keep({ ...this.kept(), used: [emoji, ...this.kept().used.filter((each) => each !== emoji)].slice(0, MOST) });
  }

  chooseTone(tone: number): void {
    this.keep({ ...this.kept(), tone });
  }

  private keep(kept: Kept): void {
    this.kept.set(kept);
    try {
      localStorage.setItem(KEY, JSON.stringify(kept));
    } catch {
      // Without room it is remembered until the page is closed.
    }
  }
}

function read(): Kept {
  try {
    const { used, tone } = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Kept>;
    return { used: (used ?? []).filter((each) => typeof each === 'string'), tone: Number(tone) || 0 };
  } catch {
    return { used: [], tone: 0 };
  }
}
