import { ChangeDetectionStrategy, Component, computed, inject, input, signal } from '@angular/core';

import { Api } from '@core/api';
import { type ProblemError, asProblem } from '@core/problem';
import { Dialog } from '@shared/dialog';
import { Control, Field } from '@shared/field';
import { MoneyPipe } from '@shared/money/format';
import { Notice } from '@shared/notice';
import { Skeleton } from '@shared/spinner';
import { Submission } from '@shared/submission';

import { PaymentUi } from '../payment-ui';
import { CARD, Payments, type Plan } from '../payments';

import { Intention } from './intention';
import { MethodChoice } from './method-choice';
import { PayFlow } from './pay-flow';
import { ProviderVisit } from './provider-visit';

/** Subscribes to a channel's paid posts: which plan, with which coupon, with what. */
@Component({
  selector: 'app-subscribe-sheet',
  imports: [Control, Dialog, Field, MethodChoice, MoneyPipe, Notice, Skeleton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './subscribe-sheet.html',
})
export class SubscribeSheet {
  private readonly api = inject(Api);
  private readonly flow = inject(PayFlow);
  private readonly payments = inject(Payments);
  private readonly visit = inject(ProviderVisit);
  protected readonly ui = inject(PaymentUi);
  /** Whose plans they are; null for the platform's own. */
  readonly channelId = input.required<string | null>();
  readonly title = input.required<string>();

  protected readonly plans = signal<readonly Plan[] | null>(null);
  private readonly planId = signal<string | null>(null);
  protected readonly code = signal('');
  protected readonly method = signal(CARD);
  /** What the plan costs with the code, and for how many periods. */
  protected readonly reduced = signal<{ readonly code: string; readonly planId: string; readonly amount: number; readonly periods: number } | null>(null);
  protected readonly refused = signal<string | null>(null);
  private readonly failure = signal<ProblemError | null>(null);
  protected readonly checking = new Submission({ unknown_coupon: 'code' });
  protected readonly sending = new Submission({ unknown_coupon: 'code' });
  private readonly intention = new Intention();

  protected readonly plan = computed(() => this.plans()?.find((each) => each.id === this.planId()) ?? this.plans()?.[0]);
  protected readonly coupon = computed(() => {
    const reduced = this.reduced();
    return reduced?.code === this.code().trim() && reduced.planId === this.plan()?.id ? reduced : null;
  });
  protected readonly price = computed(() => this.coupon()?.amount ?? this.plan()?.amount ?? null);
  protected readonly codeError = computed(() => this.checking.problem()?.words ?? this.sending.at('code'));
  protected readonly problem = computed(() => this.refused() ?? this.failure()?.words ?? this.sending.general());

  constructor() {
    queueMicrotask(() => void this.load());
  }

  protected choose(id: string): void {
    this.planId.set(id);
  }

  protected write(code: string): void {
    this.code.set(code);
    this.checking.problem.set(null);
  }

  protected check(): Promise<void> {
    const [plan, code] = [this.plan(), this.code().trim()];
    if (!plan || !code) return Promise.resolve();
    return this.checking.run(async () => {
      const params = { path: { plan_id: plan.id } };
      const found = await this.api.ask((http) => http.POST('/v1/plans/{plan_id}/coupon-check', { params, body: { code } }));
      this.reduced.set({ ...found, code, planId: plan.id });
    });
  }

  protected submit(event: Event): void {
    event.preventDefault();
    event.stopPropagation();
    const plan = this.plan();
    if (!plan) return;
    this.refused.set(null);
    void this.sending.run(() => this.subscribe(plan));
  }

  private async subscribe(plan: Plan): Promise<void> {
    const body = { method: this.method(), coupon: this.code().trim() || null, return_path: this.visit.returnPath() };
    const { payment } = await this.payments.subscribe(this.intention.keyFor(plan.id, body), plan.id, body);
    this.intention.done();
    const last = payment ? await this.flow.goOn(payment) : undefined;
    if (last === null) return;
    this.refused.set(last ? this.flow.tell(last) : null);
    if (!this.refused()) this.ui.close();
    this.ui.changed.next();
  }

  private async load(): Promise<void> {
    try {
      this.plans.set((await this.payments.plans(this.channelId())).filter((each) => each.active));
    } catch (error) {
      this.failure.set(asProblem(error));
    }
  }
}
