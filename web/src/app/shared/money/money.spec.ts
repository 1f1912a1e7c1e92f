import fc from 'fast-check';

import { CURRENCIES, digitsOf, limitsOf, usualCurrency } from './currencies';
import { decimalOf, formatMoney } from './format';
import { MoneyInput } from './money-input';
import { parseAmount } from './parse';

const amountOf = (text: string, currency = 'EUR') => {
  const parsed = parseAmount(text, currency);
  return 'amount' in parsed ? parsed.amount : parsed.fault;
};

describe('parseAmount', () => {
  it('takes a comma and a point alike', () => {
    expect(amountOf('12,50')).toBe(1250);
    expect(amountOf('12.50')).toBe(1250);
    expect(amountOf('12,5')).toBe(1250);
    expect(amountOf('12')).toBe(1200);
    expect(amountOf(' 0,50 ')).toBe(50);
    expect(amountOf('.75')).toBe(75);
    expect(amountOf('007')).toBe(700);
  });

  it('takes groups where they can mean one thing only', () => {
    expect(amountOf('1.234,50')).toBe(123_450);
    expect(amountOf('1,234.50')).toBe(123_450);
    expect(amountOf('1 234,50')).toBe(123_450);
    expect(amountOf('12.345.678', 'JPY')).toBe('too_big');
    expect(amountOf('999,999', 'JPY')).toBe(999_999);
    expect(amountOf('1.234')).toBe('digits');
    expect(amountOf('1,23,4')).toBe('unreadable');
    expect(amountOf('1.234.50')).toBe('unreadable');
  });

  it('counts no minor units where there are none', () => {
    expect(amountOf('500', 'JPY')).toBe(500);
    expect(amountOf('500.5', 'JPY')).toBe('digits');
  });

  it('says what is wrong', () => {
    expect(amountOf('')).toBe('empty');
    expect(amountOf('-5')).toBe('negative');
    expect(amountOf('−5,00')).toBe('negative');
    expect(amountOf('0')).toBe('zero');
    expect(amountOf('0,00')).toBe('zero');
    expect(amountOf('1,005')).toBe('digits');
    expect(amountOf('0,49')).toBe('too_small');
    expect(amountOf('999999,99')).toBe(99_999_999);
    expect(amountOf('1000000')).toBe('too_big');
    expect(amountOf('9'.repeat(400))).toBe('too_big');
    expect(amountOf('1e5')).toBe('unreadable');
    expect(amountOf('five')).toBe('unreadable');
    expect(amountOf('Infinity')).toBe('unreadable');
  });

  it('reads back every amount exactly, whichever mark it was written with', () => {
    const cents = fc.tuple(fc.constantFrom(...CURRENCIES), fc.integer({ min: 0, max: 99_999_999 }), fc.constantFrom('.', ','));
    fc.assert(
      fc.property(cents, ([currency, amount, mark]) => {
        const { least, most } = limitsOf(currency);
        fc.pre(amount >= least && amount <= most);
        expect(amountOf(decimalOf(amount, currency).replace('.', mark), currency)).toBe(amount);
      }),
    );
  });

  it('answers with a whole number or a fault, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), fc.constantFrom(...CURRENCIES), (typed, currency) => {
        const parsed = parseAmount(typed, currency);
        if ('amount' in parsed) {
          const { least, most } = limitsOf(currency);
          expect(Number.isSafeInteger(parsed.amount) && parsed.amount >= least && parsed.amount <= most).toBe(true);
        }
      }),
    );
  });
});

describe('formatMoney', () => {
  const plain = (text: string) => text.replace(/\s/gu, ' ');

  it('writes amounts as the region does', () => {
    expect(plain(formatMoney(1250, 'EUR', 'es-ES'))).toBe('12,50 €');
    expect(formatMoney(1250, 'EUR', 'en-GB')).toBe('€12.50');
    expect(formatMoney(1250, 'GBP', 'en-GB')).toBe('£12.50');
    expect(formatMoney(-5, 'EUR', 'en-GB')).toBe('-€0.05');
    expect(formatMoney(1250, 'MXN', 'es-MX')).toBe('$12.50');
  });

  it('gives yen no decimals', () => {
    expect(formatMoney(1250, 'JPY', 'en-GB')).toBe('JP¥1,250');
    expect(digitsOf('JPY')).toBe(0);
  });

  it('is exact where a float is not', () => {
    expect(decimalOf(9_007_199_254_740_991, 'EUR')).toBe('90071992547409.91');
    expect(formatMoney(99_999_999, 'EUR', 'en-GB')).toBe('€999,999.99');
  });
});

describe('MoneyInput', () => {
  it('waits with what may become right, and says at once what cannot', () => {
    const money = new MoneyInput('EUR', 'en-GB');
    expect(money.error()).toBeNull();
    money.text.set('0');
    expect(money.error()).toBeNull();
    money.text.set('0,505');
    expect(money.error()).toContain('decimals');
    money.text.set('');
    money.isTried.set(true);
    expect(money.error()).not.toBeNull();
    money.text.set('0,50');
    expect(money.error()).toBeNull();
    expect(money.amount()).toBe(50);
  });

  it('reads the same digits anew in another currency', () => {
    const money = new MoneyInput('EUR', 'en-GB');
    money.text.set('500');
    expect(money.amount()).toBe(50_000);
    money.currency.set('JPY');
    expect(money.amount()).toBe(500);
  });
});

describe('usualCurrency', () => {
  it('is what was used last, or else that of the region', () => {
    localStorage.removeItem('charla.currency');
    vi.spyOn(navigator, 'languages', 'get').mockReturnValue(['es-MX', 'en']);
    expect(usualCurrency('es')).toBe('MXN');
    localStorage.setItem('charla.currency', 'USD');
    expect(usualCurrency('es')).toBe('USD');
    localStorage.setItem('charla.currency', 'doubloons');
    expect(usualCurrency('en')).toBe('EUR');
    localStorage.removeItem('charla.currency');
  });
});
