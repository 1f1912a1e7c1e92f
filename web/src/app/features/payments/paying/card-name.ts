import { Pipe, type PipeTransform } from '@angular/core';

import type { Method } from '../payments';

const BRANDS: Readonly<Record<string, string>> = { visa: 'Visa', mastercard: 'Mastercard', amex: 'American Express', discover: 'Discover', jcb: 'JCB' };

/** `{{ method | cardName }}`: Visa •••• 4242 */
@Pipe({ name: 'cardName' })
export class CardNamePipe implements PipeTransform {
  transform(method: Method): string {
    return `${BRANDS[method.brand] ?? method.brand} •••• ${method.last4}`;
  }
}

/** Whether a card is over: it counts until the end of its month. */
export function isExpired(method: Method, now = new Date()): boolean {
  return method.exp_year * 12 + method.exp_month < now.getFullYear() * 12 + now.getMonth() + 1;
}
