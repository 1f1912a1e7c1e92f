import { ChangeDetectionStrategy, Component, DestroyRef, OnInit, computed, inject, input, signal } from '@angular/core';
import { Router, RouterLink } from '@angular/router';

import { type ProblemError, asProblem } from '@core/problem';
import { Icon } from '@shared/icon';
import { LoadFailed } from '@shared/load-failed';
import { MoneyPipe } from '@shared/money/format';
import { Spinner } from '@shared/spinner';
import { Submission } from '@shared/submission';

import { PayFlow } from '../paying/pay-flow';
import { ProviderVisit } from '../paying/provider-visit';
import { Settling, isLedOn, isOpen } from '../paying/settling';
import { PaymentUi } from '../payment-ui';
import { type Payment, Payments } from '../payments';
import { failureWords } from '../words';

const GLANCES = 3;
const GLANCE_MS = 700;

/** Where the provider's page leads back to: waits for what became of the payment, and goes on where it was begun. */
@Component({
  selector: 'app-returned',
  imports: [Icon, LoadFailed, MoneyPipe, RouterLink, Spinner],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'pane-centre' },
  templateUrl: './returned.html',
})
export class Returned implements OnInit {
  private readonly flow = inject(PayFlow);
  private readonly payments = inject(Payments);
  private readonly router = inject(Router);
  private readonly settling = inject(Settling);
  private readonly ui = inject(PaymentUi);
  private readonly visit = inject(ProviderVisit);
  /** Of the address: the payment that the provider's page was for. */
  readonly payment_id = input<string>();
  private isGone = false;
  protected readonly payment = signal<Payment | null>(null);
  protected readonly problem = signal<ProblemError | null>(null);
  protected readonly isWaiting = signal(true);
  protected readonly deed = new Submission();
  protected readonly back = this.router.parseUrl(this.visit.last()?.from ?? '/wallet/payments');
  protected readonly isFailed = computed(() => this.payment()?.status === 'failed');
  protected readonly failure = computed(() => failureWords(this.payment()?.failure ?? 'declined'));
  protected readonly isLed = computed(() => !!this.payment() && isLedOn(this.payment()!));
  protected readonly isOpen = computed(() => !!this.payment() && isOpen(this.payment()!));

  constructor() {
    inject(DestroyRef).onDestroy(() => (this.isGone = true));
  }

  ngOnInit(): void {
    void this.look();
  }

  protected async look(): Promise<void> {
    this.isWaiting.set(true);
    this.problem.set(null);
    try {
      const payment = await this.settled();
      if (payment) this.payment.set(payment);
      this.isWaiting.set(false);
      if (!payment || this.isGone) return payment ? undefined : void this.leave();
      if (!isOpen(payment)) this.visit.forget();
      this.ui.changed.next();
      if (payment.status === 'succeeded') {
        this.flow.tell(payment);
        await this.leave();
      }
    } catch (error) {
      this.problem.set(asProblem(error));
      this.isWaiting.set(false);
    }
  }

  protected goOn(): void {
    this.visit.go(this.payment()!.action_url!);
  }

  protected callOff(): void {
    void this.deed.run(async () => {
      await this.payments.cancel(this.payment()!.id);
      this.visit.forget();
      await this.leave();
    });
  }

  /** The provider may know of it a moment later than the browser that it sent back. */
  private async settled(): Promise<Payment | null> {
    const id = this.payment_id() ?? this.visit.last()?.paymentId ?? (await this.payments.list('payer', undefined, 1)).items[0]?.id;
    if (!id) return null;
    let payment = await this.settling.follow(await this.payments.get(id), () => this.isGone);
    for (let glance = 0; glance < GLANCES && isLedOn(payment) && !this.isGone; glance++) {
      await new Promise((done) => setTimeout(done, GLANCE_MS));
      payment = await this.settling.follow(await this.payments.get(id), () => this.isGone);
    }
    return payment;
  }

  private leave(): Promise<boolean> {
    return this.router.navigateByUrl(this.back, { replaceUrl: true });
  }
}
