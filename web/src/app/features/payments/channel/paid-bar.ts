import { ChangeDetectionStrategy, Component, computed, effect, inject, input, signal, untracked } from '@angular/core';
import { RouterLink } from '@angular/router';

import { type Channel, hasRole } from '@core/channels/channel';
import { Icon } from '@shared/icon';
import { MoneyPipe } from '@shared/money/format';
import { TimePipe } from '@shared/time';

import { Access } from '../access';
import { PaymentUi } from '../payment-ui';
import { Payments, type Plan } from '../payments';

/** Below the heading of a channel that sells access: what it costs, or until when one has paid. */
@Component({
  selector: 'app-paid-bar',
  imports: [Icon, MoneyPipe, RouterLink, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (access(); as mine) {
      <p class="paid-bar">
        <app-icon name="check" />
        <span class="paid-bar-words">
          @if (mine.until) {
            <span i18n="@@payments.bar.until">You can read the paid posts until {{ mine.until | time: 'full' }}.</span>
          } @else {
            <span i18n="@@payments.bar.for_good">You can read the paid posts.</span>
          }
        </span>
        <a class="text-button" routerLink="/wallet/subscriptions" i18n="@@payments.bar.manage">Manage</a>
      </p>
    } @else if (access() === null && !isTeam()) {
      <p class="paid-bar">
        <app-icon name="star" />
        <span class="paid-bar-words">
          @if (cheapest(); as plan) {
            <span i18n="@@payments.bar.from">Paid posts from {{ plan.amount | money: plan.currency }} for {{ plan.period_days }} days.</span>
          } @else {
            <span i18n="@@payments.bar.paid">This channel has paid posts.</span>
          }
        </span>
        <button type="button" class="button is-small" (click)="subscribe()" i18n="@@payments.subscribe">Subscribe</button>
      </p>
    }
  `,
})
export class PaidBar {
  private readonly known = inject(Access);
  private readonly payments = inject(Payments);
  private readonly ui = inject(PaymentUi);
  readonly channel = input.required<Channel>();
  private readonly plans = signal<readonly Plan[]>([]);
  private readonly channelId = computed(() => this.channel().id);
  protected readonly access = computed(() => this.known.of('channel', this.channelId()));
  protected readonly isTeam = computed(() => hasRole(this.channel(), 'author'));
  protected readonly cheapest = computed(() => this.plans().filter((each) => each.active).sort((a, b) => a.amount - b.amount)[0]);

  constructor() {
    effect(() => {
      const id = this.channelId();
      untracked(() => void this.load(id).catch(() => undefined));
    });
  }

  protected subscribe(): void {
    this.ui.show({ kind: 'plan', channelId: this.channelId(), title: this.channel().title });
  }

  private async load(id: string): Promise<void> {
    this.plans.set([]);
    await this.known.load();
    const plans = this.access() ? [] : await this.payments.plans(id);
    if (id === this.channelId()) this.plans.set(plans);
  }
}
