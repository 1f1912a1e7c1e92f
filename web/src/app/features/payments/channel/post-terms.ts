import { ChangeDetectionStrategy, Component, computed, inject, input, model, signal } from '@angular/core';

import { Language } from '@core/language';
import type { Schemas } from '@core/wire';
import { Dialog } from '@shared/dialog';
import { Control, Field } from '@shared/field';
import { Icon } from '@shared/icon';
import { AmountField } from '@shared/money/amount-field';
import { usualCurrency } from '@shared/money/currencies';
import { formatMoney } from '@shared/money/format';
import { MoneyInput } from '@shared/money/money-input';
import { regional } from '@shared/time';

/** Who may read a post, and what everybody reads of it. */
export type Terms = Required<Pick<Schemas['PublishBody'], 'paid' | 'price' | 'teaser'>>;
export const FREE: Terms = { paid: false, price: null, teaser: '' };
const LONGEST_TEASER = 300;

/** In the composer of posts: a button that says who may read the post, and its dialog. */
@Component({
  selector: 'app-post-terms',
  imports: [AmountField, Control, Dialog, Field, Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './post-terms.html',
})
export class PostTerms {
  private readonly language = inject(Language).current;
  private readonly region = regional(this.language);
  readonly terms = model<Terms>(FREE);
  /** Whether the channel has plans: without one nobody could be a subscriber. */
  readonly sellsPlans = input(false);
  protected readonly longest = LONGEST_TEASER;
  protected readonly isOpen = signal(false);
  protected readonly paid = signal(false);
  protected readonly priced = signal(false);
  protected readonly teaser = signal('');
  protected readonly money = new MoneyInput(usualCurrency(this.language), this.region);
  protected readonly label = computed(() => {
    const { paid, price } = this.terms();
    const amount = price && formatMoney(price.amount, price.currency, this.region);
    if (paid) return amount ? $localize`:@@payments.terms.both:Subscribers, or ${amount}:amount:` : $localize`:@@payments.terms.subscribers:Subscribers only`;
    return amount ?? $localize`:@@payments.terms.everybody:For everybody`;
  });
  protected readonly isFree = computed(() => !this.terms().paid && !this.terms().price);

  protected open(): void {
    const { paid, price, teaser } = this.terms();
    this.paid.set(paid);
    this.priced.set(!!price);
    this.teaser.set(teaser);
    this.money.isTried.set(false);
    this.isOpen.set(true);
  }

  protected take(event: Event): void {
    event.preventDefault();
    event.stopPropagation();
    this.money.isTried.set(true);
    const amount = this.money.amount();
    if (this.priced() && amount === null) return;
    const price = this.priced() ? { amount: amount!, currency: this.money.currency() } : null;
    const isFree = !this.paid() && !price;
    this.terms.set({ paid: this.paid(), price, teaser: isFree ? '' : this.teaser().trim() });
    this.isOpen.set(false);
  }
}
