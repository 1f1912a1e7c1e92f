import { describe, expect, it } from 'vitest';

import { formatMicros } from './micros';

/** Intl puts a space of its own before the sign. */
const plain = (text: string) => text.replace(/\s/gu, ' ');

describe('formatMicros', () => {
  it('writes what a single view costs, without a float in between', () => {
    expect(formatMicros(210_001, 'EUR', 'en')).toBe('€0.0021');
    expect(plain(formatMicros(210_001, 'EUR', 'es'))).toBe('0,0021 €');
    expect(formatMicros(9_007_199_254_740_991, 'EUR', 'en')).toBe('€90,071,992.54741');
  });

  it('writes at least the digits of the currency', () => {
    expect(formatMicros(500_000_000, 'EUR', 'en')).toBe('€5.00');
    expect(formatMicros(1_500_000, 'JPY', 'en')).toBe('¥1.5');
    expect(formatMicros(0, 'EUR', 'en')).toBe('€0.00');
  });
});
