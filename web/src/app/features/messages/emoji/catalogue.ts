import { Injectable, inject } from '@angular/core';

import { Language } from '@core/language';

import { plainWords } from '../text/plain-words';

/** [emoji, English name, Spanish name, English words, Spanish words, 1 where it has skin tones] */
type Row = [string, string, string, string, string, 1?];

export interface Emoji {
  readonly emoji: string;
  readonly name: string;
  readonly hasTones: boolean;
  /** What it is found by, in both languages. */
  readonly words: string;
}

const TONES = ['', '🏻', '🏼', '🏽', '🏾', '🏿'];

/** All emoji, loaded when they are first wanted. */
@Injectable({ providedIn: 'root' })
export class Catalogue {
  private readonly isSpanish = inject(Language).current === 'es';
  private loading: Promise<readonly (readonly Emoji[])[]> | null = null;

  /** Returns the emoji by group, in the order of `GROUPS`. */
  groups(): Promise<readonly (readonly Emoji[])[]> {
    this.loading ??= import('./emoji.json').then(({ default: groups }) =>
      (groups as unknown as Row[][]).map((rows) => rows.map((row) => this.entry(row))),
    );
    this.loading.catch(() => (this.loading = null));
    return this.loading;
  }

  private entry([emoji, english, spanish, ...rest]: Row): Emoji {
    const words = plainWords(` ${spanish} ${english} ${rest[0]} ${rest[1]}`);
    return { emoji, name: this.isSpanish ? spanish : english, hasTones: rest[2] === 1, words };
  }
}

/** Returns the emoji whose words begin with all of those that were typed; those that are named so come first. */
export function found(all: readonly Emoji[], typed: string): readonly Emoji[] {
  const wanted = plainWords(typed).split(' ').filter(Boolean);
  const hits = all.filter((each) => wanted.every((word) => each.words.includes(` ${word}`)));
  const rank = (each: Emoji) => Number(!plainWords(each.name).startsWith(wanted[0] ?? ''));
  return [...hits].sort((a, b) => rank(a) - rank(b));
}

/** Returns an emoji in a skin tone, from 0 (none) to 5. */
export function toned({ emoji, hasTones }: Pick<Emoji, 'emoji' | 'hasTones'>, tone: number): string {
  if (!hasTones || !TONES[tone]) return emoji;
  const [first = '', ...rest] = [...emoji];
  if (rest[0] === '\ufe0f') rest.shift();
  return [first, TONES[tone], ...rest].join('');
}
