import { TestBed } from '@angular/core/testing';

import { Catalogue, type Emoji, found, toned } from './catalogue';

describe('the emoji', () => {
  let all: readonly Emoji[];
  const first = (words: string) => found(all, words)[0]?.emoji;

  beforeEach(async () => (all = (await TestBed.inject(Catalogue).groups()).flat()));

  it('are found in Spanish and English, with or without accents', () => {
    expect(all.length).toBeGreaterThan(1800);
    expect(found(all, 'corazon rojo').map((each) => each.emoji)).toContain('❤️');
    expect(found(all, 'corazón').length).toBe(found(all, 'CORAZON').length);
    expect(found(all, 'red heart').map((each) => each.emoji)).toContain('❤️');
    expect(first('pulgar hacia arriba')).toBe('👍');
    expect(found(all, 'xyzzy')).toEqual([]);
  });

  it('have skin tones where people have', () => {
    const named = (emoji: string) => all.find((each) => each.emoji === emoji)!;
    expect(toned(named('👋'), 3)).toBe('👋🏽');
    expect(toned(named('👋'), 0)).toBe('👋');
    expect(toned(named('☝️'), 1)).toBe('☝🏻');
    expect(toned(named('🐻'), 3)).toBe('🐻');
  });

  it('are one string each', () => {
    expect(new Set(all.map((each) => each.emoji)).size).toBe(all.length);
  });
});
