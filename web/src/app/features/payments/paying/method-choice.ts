import { ChangeDetectionStrategy, Component, computed, effect, inject, input, model, signal, untracked } from '@angular/core';

import { Icon } from '@shared/icon';
import { MoneyPipe } from '@shared/money/format';
import { Skeleton } from '@shared/spinner';

import { BALANCE, CARD } from '../payments';
import { Purse } from '../purse';

import { CardNamePipe, isExpired } from './card-name';

let made = 0;

/** With what one pays: the balance, a saved card, or another card at the provider's page. */
@Component({
  selector: 'app-method-choice',
  imports: [CardNamePipe, Icon, MoneyPipe, Skeleton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <fieldset class="choices method-choices">
      <legend i18n="@@payments.method">Pay with</legend>
      @if (isLoaded()) {
        <label class="choice" [class.is-off]="!isEnough()">
          <input type="radio" value="balance" [name]="name" [disabled]="!isEnough()" [checked]="chosen() === 'balance'" (change)="choose('balance')" />
          <app-icon name="wallet" />
          <span><span i18n="@@payments.method.balance">Your balance</span><br /><span class="muted" i18n="@@payments.method.available">{{ available() | money: currency() }} available</span></span>
        </label>
        @for (each of cards(); track each.id) {
          <label class="choice">
            <input type="radio" [name]="name" [value]="each.id" [checked]="chosen() === each.id" (change)="choose(each.id)" />
            <app-icon name="card" /><span>{{ each | cardName }}</span>
          </label>
        }
        @if (!savedOnly()) {
          <label class="choice">
            <input type="radio" value="card" [name]="name" [checked]="chosen() === 'card'" (change)="choose('card')" />
            <app-icon name="plus" />
            <span><span i18n="@@payments.method.card">Another card</span><br /><span class="muted" i18n="@@payments.method.card.words">You type it at the payment provider's page, and come back here.</span></span>
          </label>
        } @else if (!cards().length) {
          <p class="muted" i18n="@@payments.method.save_first">Save a card in your wallet to pay with it.</p>
        }
      } @else {
        <app-skeleton [lines]="[1, 2]" />
      }
    </fieldset>
  `,
})
export class MethodChoice {
  private readonly purse = inject(Purse);
  readonly amount = input<number | null>(null);
  readonly currency = input.required<string>();
  /** Whether the payer is not there to type a card, as when something renews itself. */
  readonly savedOnly = input(false);
  /** `balance`, `card` or a saved card's id. */
  readonly chosen = model<string>(CARD);
  protected readonly name = `method-${++made}`;
  private readonly hasChosen = signal(false);
  protected readonly isLoaded = computed(() => this.purse.balances() !== null && this.purse.methods() !== null);
  protected readonly cards = computed(() => (this.purse.methods() ?? []).filter((each) => !isExpired(each)));
  protected readonly available = computed(() => this.purse.available(this.currency()));
  protected readonly isEnough = computed(() => this.available() > 0 && this.available() >= (this.amount() ?? 0));

  constructor() {
    // A card can be typed where nothing is known of what one has.
    void this.purse.load().catch(() => undefined);
    effect(() => {
      const usual = this.usual();
      const isImpossible = this.chosen() === BALANCE && !this.isEnough();
      untracked(() => (!this.hasChosen() || isImpossible) && this.chosen.set(usual));
    });
  }

  protected choose(method: string): void {
    this.hasChosen.set(true);
    this.chosen.set(method);
  }

  private readonly usual = computed(() => {
    if (this.isLoaded() && this.isEnough()) return BALANCE;
    return (this.cards().find((each) => each.default) ?? this.cards()[0])?.id ?? CARD;
  });
}
