import { ChangeDetectionStrategy, Component, input } from '@angular/core';

import { Control, Field } from '../field';

import { CURRENCIES, type Currency, rememberCurrency } from './currencies';
import type { MoneyInput } from './money-input';

/** How much, and in which currency. */
@Component({
  selector: 'app-amount-field',
  imports: [Control, Field],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'amount-field' },
  template: `
    <app-field class="amount-field-amount" [label]="label()" [error]="money().error()">
      <input appControl inputmode="decimal" autocomplete="off" maxlength="20" [value]="money().text()" [attr.aria-required]="true"
        (input)="money().text.set($any($event.target).value)" />
    </app-field>
    <app-field label="Currency" i18n-label="@@payments.currency">
      <select appControl [disabled]="fixed()" (change)="choose($any($event.target).value)">
        @for (each of currencies; track each) {
          <option [value]="each" [selected]="each === money().currency()">{{ each }}</option>
        }
      </select>
    </app-field>
  `,
})
export class AmountField {
  readonly money = input.required<MoneyInput>();
  readonly label = input($localize`:@@payments.amount:Amount`);
  /** Whether the currency cannot be chosen. */
  readonly fixed = input(false);
  protected readonly currencies = CURRENCIES;

  protected choose(currency: Currency): void {
    this.money().currency.set(currency);
    rememberCurrency(currency);
  }
}
