import { ChangeDetectionStrategy, Component, computed, effect, inject, input, output, signal, untracked } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Api } from '@core/api';
import { pathOf } from '@core/channels/channel';
import { ChannelStore } from '@core/channels/channel-store';
import { Dialog } from '@shared/dialog';
import { Icon } from '@shared/icon';
import { MoneyPipe } from '@shared/money/format';
import { Submission } from '@shared/submission';
import { TimePipe } from '@shared/time';

import { CardNamePipe } from '../paying/card-name';
import { MethodChoice } from '../paying/method-choice';
import { BALANCE, CARD, type PaidSubscription } from '../payments';
import { Purse } from '../purse';
import { failureWords, subscriptionWords } from '../words';

/** One paid subscription: until when it is paid, when it renews itself and with what, and what one can change. */
@Component({
  selector: 'app-subscription-card',
  imports: [CardNamePipe, Dialog, Icon, MethodChoice, MoneyPipe, RouterLink, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'subscription-card' },
  templateUrl: './subscription-card.html',
})
export class SubscriptionCard {
  private readonly api = inject(Api);
  private readonly channels = inject(ChannelStore);
  private readonly purse = inject(Purse);
  readonly subscription = input.required<PaidSubscription>();
  readonly changed = output<PaidSubscription>();
  protected readonly deed = new Submission();
  protected readonly isChoosing = signal(false);
  protected readonly isAsking = signal(false);
  protected readonly method = signal<string>(CARD);
  private readonly channel = computed(() => this.channels.channel(this.subscription().channel_id ?? ''));
  protected readonly place = computed(() => (this.channel() ? pathOf(this.channel()!) : null));
  protected readonly title = computed(() => {
    if (!this.subscription().channel_id) return $localize`:@@payments.kind.ad_free:Charla without advertising`;
    return this.channel()?.title ?? '…';
  });
  protected readonly status = computed(() => subscriptionWords(this.subscription().status));
  protected readonly tone = computed(() => ({ active: 'active', past_due: 'disabled', canceled: 'failing' })[this.subscription().status as string] ?? '');
  protected readonly failure = computed(() => (this.subscription().status === 'past_due' ? failureWords(this.subscription().failure ?? 'declined') : ''));
  protected readonly isBalance = computed(() => this.subscription().method === BALANCE);
  protected readonly card = computed(() => this.purse.methods()?.find((each) => each.id === this.subscription().method));

  constructor() {
    if (!this.purse.methods()) void this.purse.loadMethods().catch(() => undefined);
    const channelId = computed(() => this.subscription().channel_id);
    effect(() => {
      const id = channelId();
      untracked(() => id && !this.channels.channel(id) && void this.channels.find(id).catch(() => undefined));
    });
  }

  protected cancel(): void {
    this.isAsking.set(false);
    this.change((params) => this.api.ask((http) => http.POST('/v1/paid-subscriptions/{subscription_id}/cancel', { params })));
  }

  protected resume(): void {
    this.change((params) => this.api.ask((http) => http.POST('/v1/paid-subscriptions/{subscription_id}/resume', { params })));
  }

  protected choose(): void {
    this.isChoosing.set(false);
    const body = { method: this.method() };
    this.change((params) => this.api.ask((http) => http.PATCH('/v1/paid-subscriptions/{subscription_id}', { params, body })));
  }

  private change(call: (params: { path: { subscription_id: string } }) => Promise<PaidSubscription>): void {
    const params = { path: { subscription_id: this.subscription().id } };
    void this.deed.run(async () => this.changed.emit(await call(params)));
  }
}
