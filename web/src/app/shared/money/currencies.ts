import type { LanguageId } from '@core/language';

/** The currencies that Charla takes, and how many digits their minor unit has (ISO 4217; contracts/payments.py). */
const DIGITS = { EUR: 2, USD: 2, GBP: 2, MXN: 2, JPY: 0 } as const;
export type Currency = keyof typeof DIGITS;
export const CURRENCIES = Object.keys(DIGITS) as readonly Currency[];

/** The least and the most of one payment, in hundredths; a currency without minor unit has a hundredth of that. */
const [LEAST, MOST, HUNDREDTHS] = [50, 99_999_999, 100] as const;
const REMEMBERED = 'charla.currency';
/** By the region of somebody's browser; everywhere else it is the euro. */
const REGIONS: Readonly<Record<string, Currency>> = { US: 'USD', GB: 'GBP', MX: 'MXN', JP: 'JPY' };

export function isCurrency(code: string | null): code is Currency {
  return code !== null && code in DIGITS;
}

/** Returns how many digits are written behind the comma. */
export function digitsOf(currency: string): number {
  return isCurrency(currency) ? DIGITS[currency] : 2;
}

/** Between which amounts, in minor units, something lies. */
export interface Limits {
  readonly least: number;
  readonly most: number;
}

/** Returns between which amounts a payment lies. */
export function limitsOf(currency: string): Limits {
  if (digitsOf(currency) > 0) return { least: LEAST, most: MOST };
  return { least: Math.max(1, Math.floor(LEAST / HUNDREDTHS)), most: Math.floor(MOST / HUNDREDTHS) };
}

/** Returns the currency that somebody used last, or that of their region. */
export function usualCurrency(language: LanguageId): Currency {
  const remembered = localStorage.getItem(REMEMBERED);
  if (isCurrency(remembered)) return remembered;
  const [first] = navigator.languages.filter((each) => each.startsWith(language));
  return REGIONS[first?.split('-')[1] ?? ''] ?? 'EUR';
}

export function rememberCurrency(currency: Currency): void {
  localStorage.setItem(REMEMBERED, currency);
}
