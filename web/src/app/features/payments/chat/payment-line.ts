import type { Schemas } from '@core/wire';
import { formatMoney } from '@shared/money/format';
import { regional } from '@shared/time';

/** Returns a payment in one line, for lists, quotes and notices. */
export function paymentLine(payment: Schemas['ChatPaymentView']): string {
  const amount = formatMoney(payment.amount, payment.currency, regional(document.documentElement.lang));
  const words = payment.kind === 'request' ? $localize`:@@payments.in_line.request:Asks for ${amount}:amount:` : $localize`:@@payments.in_line.payment:Payment of ${amount}:amount:`;
  return payment.note ? `${words} · ${payment.note}` : words;
}
