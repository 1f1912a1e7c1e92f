import { computed, signal } from '@angular/core';

import { type Currency, type Limits, limitsOf } from './currencies';
import { formatMoney } from './format';
import { type AmountFault, parseAmount } from './parse';

/** An amount that somebody types, and the currency beside it. */
export class MoneyInput {
  readonly text = signal('');
  readonly currency;
  /** Whether somebody has tried to go on: what is wrong is only said then, or when it cannot become right any more. */
  readonly isTried = signal(false);
  private readonly parsed = computed(() => parseAmount(this.text(), this.currency(), this.limits()));
  readonly amount = computed(() => {
    const parsed = this.parsed();
    return 'amount' in parsed ? parsed.amount : null;
  });
  readonly error = computed(() => {
    const parsed = this.parsed();
    if ('amount' in parsed) return null;
    const isEarly = ['empty', 'zero', 'too_small', 'unreadable'].includes(parsed.fault);
    return isEarly && !this.isTried() ? null : wordsFor(parsed.fault, this.currency(), this.limits(), this.region);
  });

  private readonly limits = computed(() => this.own ?? limitsOf(this.currency()));

  /** @param own other limits than those of a payment. */
  constructor(
    currency: Currency,
    private readonly region: string,
    private readonly own: Limits | null = null,
  ) {
    this.currency = signal<Currency>(currency);
  }

  clear(): void {
    this.text.set('');
    this.isTried.set(false);
  }
}

function wordsFor(fault: AmountFault, currency: string, { least, most }: Limits, region: string): string {
  switch (fault) {
    case 'empty':
      return $localize`:@@payments.amount.empty:Say how much.`;
    case 'negative':
      return $localize`:@@payments.amount.negative:An amount cannot be negative.`;
    case 'zero':
      return $localize`:@@payments.amount.zero:The amount cannot be zero.`;
    case 'digits':
      return currency === 'JPY'
        ? $localize`:@@payments.amount.whole:This currency has no decimals.`
        : $localize`:@@payments.amount.digits:Write at most two decimals.`;
    case 'too_small':
      return $localize`:@@payments.amount.too_small:The least is ${formatMoney(least, currency, region)}:amount:.`;
    case 'too_big':
      return $localize`:@@payments.amount.too_big:The most is ${formatMoney(most, currency, region)}:amount:.`;
    case 'unreadable':
      return $localize`:@@payments.amount.unreadable:Write a number, such as 12.50.`;
  }
}
