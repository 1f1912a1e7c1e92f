import { Pipe, type PipeTransform, inject } from '@angular/core';

import { Language } from '@core/language';
import { regional } from '../time';

import { digitsOf } from './currencies';

const made = new Map<string, Intl.NumberFormat>();

/** Returns minor units as people of a region write them: 12,50 €. */
export function formatMoney(amount: number, currency: string, region: string): string {
  const key = `${region} ${currency}`;
  const format = made.get(key) ?? new Intl.NumberFormat(region, { style: 'currency', currency, minimumFractionDigits: digitsOf(currency) });
  made.set(key, format);
  // A decimal text is formatted as it stands, while a number would be a float.
  return format.format(decimalOf(amount, currency) as unknown as number);
}

/** Returns minor units as a decimal number in letters: `-12.50`. */
export function decimalOf(amount: number, currency: string): string {
  const digits = digitsOf(currency);
  const text = String(Math.abs(amount)).padStart(digits + 1, '0');
  const sign = amount < 0 ? '-' : '';
  return digits ? `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}` : `${sign}${text}`;
}

/** `{{ payment.amount | money: payment.currency }}` */
@Pipe({ name: 'money' })
export class MoneyPipe implements PipeTransform {
  private readonly region = regional(inject(Language).current);

  transform(amount: number, currency: string): string {
    return formatMoney(amount, currency, this.region);
  }
}
