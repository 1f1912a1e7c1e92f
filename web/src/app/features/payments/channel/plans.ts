import { ChangeDetectionStrategy, Component, OnInit, computed, inject, input, signal } from '@angular/core';

import { Api } from '@core/api';
import { Language } from '@core/language';
import { Dialog } from '@shared/dialog';
import { Empty } from '@shared/empty';
import { Control, Field } from '@shared/field';
import { Icon } from '@shared/icon';
import { Listing } from '@shared/listing';
import { LoadFailed } from '@shared/load-failed';
import { AmountField } from '@shared/money/amount-field';
import { usualCurrency } from '@shared/money/currencies';
import { MoneyPipe } from '@shared/money/format';
import { MoneyInput } from '@shared/money/money-input';
import { Notice } from '@shared/notice';
import { Skeleton } from '@shared/spinner';
import { Submission } from '@shared/submission';
import { regional } from '@shared/time';
import { Toasts } from '@shared/toast';

import { Intention } from '../paying/intention';
import type { Plan } from '../payments';

const LONGEST_TITLE = 100;

/** The plans of a channel, as its owner sees them: make one, call it otherwise, stop selling it. */
@Component({
  selector: 'app-plans',
  imports: [AmountField, Control, Dialog, Empty, Field, Icon, LoadFailed, MoneyPipe, Notice, Skeleton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'selling-part' },
  templateUrl: './plans.html',
})
export class Plans implements OnInit {
  private readonly api = inject(Api);
  private readonly toasts = inject(Toasts);
  private readonly language = inject(Language).current;
  readonly channelId = input.required<string>();
  protected readonly longest = LONGEST_TITLE;
  protected readonly list = new Listing<Plan>(() => {
    const params = { path: { channel_id: this.channelId() } };
    return this.api.ask((http) => http.GET('/v1/channels/{channel_id}/plans', { params }));
  });
  protected readonly isOpen = signal(false);
  /** The plan that is called otherwise; null for a new one. */
  protected readonly changed = signal<Plan | null>(null);
  protected readonly heading = computed(() => (this.changed() ? $localize`:@@payments.plan.rename:Rename` : $localize`:@@payments.plan.new:New plan`));
  protected readonly title = signal('');
  protected readonly titleError = signal<string | null>(null);
  protected readonly money = new MoneyInput(usualCurrency(this.language), regional(this.language));
  protected readonly sending = new Submission();
  private readonly intention = new Intention();

  ngOnInit(): void {
    void this.list.load();
  }

  protected begin(plan: Plan | null): void {
    this.changed.set(plan);
    this.title.set(plan?.title ?? '');
    this.titleError.set(null);
    this.money.clear();
    this.sending.problem.set(null);
    this.isOpen.set(true);
  }

  protected submit(event: Event): void {
    event.preventDefault();
    const title = this.title().trim();
    this.money.isTried.set(true);
    this.titleError.set(title ? null : $localize`:@@payments.plan.title_missing:Give the plan a name.`);
    const plan = this.changed();
    if (!title || (!plan && this.money.amount() === null)) return;
    void this.sending.run(async () => {
      await (plan ? this.change(plan, { title }) : this.make(title, this.money.amount()!));
      this.isOpen.set(false);
    });
  }

  protected async sell(plan: Plan, active: boolean): Promise<void> {
    try {
      await this.change(plan, { active });
    } catch (error) {
      this.toasts.fail(error);
    }
  }

  private async make(title: string, amount: number): Promise<void> {
    const body = { title, amount, currency: this.money.currency() };
    const params = { path: { channel_id: this.channelId() }, header: { 'Idempotency-Key': this.intention.keyFor(body) } };
    await this.api.ask((http) => http.POST('/v1/channels/{channel_id}/plans', { params, body }));
    this.intention.done();
    await this.list.load();
  }

  private async change(plan: Plan, body: { title?: string; active?: boolean }): Promise<void> {
    const params = { path: { plan_id: plan.id } };
    const changed = await this.api.ask((http) => http.PATCH('/v1/plans/{plan_id}', { params, body }));
    this.list.change((plans) => plans.map((each) => (each.id === plan.id ? { ...each, ...changed } : each)));
  }
}
