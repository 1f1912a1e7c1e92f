import { digitsOf } from '@shared/money/currencies';

/** Millionths of a minor unit: what a single view costs. */
const MICRO_DIGITS = 6;
/** Digits behind the comma that people still read. */
const MOST_DIGITS = 6;

/** Returns micros as people of a region write money: 0,0021 €. */
export function formatMicros(micros: number, currency: string, region: string): string {
  const digits = digitsOf(currency);
  const format = new Intl.NumberFormat(region, { style: 'currency', currency, minimumFractionDigits: digits, maximumFractionDigits: Math.max(digits, MOST_DIGITS) });
  // A decimal text is formatted as it stands, while a number would be a float.
  return format.format(decimalOfMicros(micros, digits + MICRO_DIGITS) as unknown as number);
}

/** Returns micros as minor units and their parts, for what is only drawn. */
export function minorOf(micros: number): number {
  return micros / 10 ** MICRO_DIGITS;
}

function decimalOfMicros(micros: number, digits: number): string {
  const text = String(Math.abs(micros)).padStart(digits + 1, '0');
  return `${micros < 0 ? '-' : ''}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}
