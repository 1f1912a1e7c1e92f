import { type Limits, digitsOf, limitsOf } from './currencies';

/** Why what somebody typed is no amount of money. */
export type AmountFault = 'empty' | 'unreadable' | 'negative' | 'zero' | 'digits' | 'too_small' | 'too_big';
export type Parsed = { readonly amount: number } | { readonly fault: AmountFault };

const SPACES = /[\s'’_]/gu;
const SIGNS = /^[-−–]/u;
/** Groups of three, all with the same mark between them. */
const GROUPED = /^\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*$/u;

/**
 * Reads `12`, `12,50` and `12.50`, in every language alike, as minor units. It works on digits alone, so that
 * nothing is rounded. A mark before three last digits (`1.234`) is refused where it may mean two things.
 */
export function parseAmount(typed: string, currency: string, limits: Limits = limitsOf(currency)): Parsed {
  const text = typed.replace(SPACES, '');
  if (!text) return { fault: 'empty' };
  if (SIGNS.test(text)) return { fault: 'negative' };
  const digits = digitsOf(currency);
  const parts = partsOf(text, digits);
  if (!parts) return { fault: 'unreadable' };
  const [whole, part] = parts;
  if (part.length > digits) return { fault: 'digits' };
  return within((whole + part.padEnd(digits, '0')).replace(/^0+(?=\d)/u, ''), limits);
}

/** Returns the digits before and behind the decimal mark. */
function partsOf(text: string, digits: number): readonly [string, string] | null {
  if (/^\d+$/u.test(text)) return [text, ''];
  const isGroups = GROUPED.test(text) && (digits === 0 || text.split(/[.,]/u).length > 2);
  if (isGroups) return [text.replace(/[.,]/gu, ''), ''];
  const [, whole, part] = /^([\d.,]*)[.,](\d+)$/u.exec(text) ?? [];
  if (whole === undefined || part === undefined) return null;
  if (/^\d*$/u.test(whole)) return [whole || '0', part];
  // Both marks stand there: the last one is the decimal one, the others make groups.
  const mark = text[whole.length];
  return GROUPED.test(whole) && !whole.includes(mark!) ? [whole.replace(/[.,]/gu, ''), part] : null;
}

function within(minor: string, { least, most }: Limits): Parsed {
  if (/^0*$/u.test(minor)) return { fault: 'zero' };
  if (minor.length > String(most).length || Number(minor) > most) return { fault: 'too_big' };
  return Number(minor) < least ? { fault: 'too_small' } : { amount: Number(minor) };
}
