import { ChangeDetectionStrategy, Component, OnInit, computed, inject, input, signal } from '@angular/core';

import { Api } from '@core/api';
import { type ProblemError, asProblem } from '@core/problem';
import { People } from '@core/store';
import { Icon } from '@shared/icon';
import { LoadFailed } from '@shared/load-failed';
import { MoneyPipe } from '@shared/money/format';
import { Skeleton } from '@shared/spinner';
import { TimePipe } from '@shared/time';
import { Toasts } from '@shared/toast';

import { type Payment, Payments, type Refund } from '../payments';
import { kindWords, statusTone, statusWords } from '../words';

import { WalletPage } from './page';
import { PrivateFiles } from './private-files';

/** A payment as its receipt says it, to look at, to print, and to save. */
@Component({
  selector: 'app-payment-page',
  imports: [Icon, LoadFailed, MoneyPipe, Skeleton, TimePipe, WalletPage],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './payment-page.html',
})
export class PaymentPage implements OnInit {
  private readonly api = inject(Api);
  private readonly files = inject(PrivateFiles);
  private readonly payments = inject(Payments);
  private readonly people = inject(People);
  private readonly toasts = inject(Toasts);
  readonly id = input.required<string>();
  protected readonly payment = signal<Payment | null>(null);
  protected readonly refunds = signal<readonly Refund[]>([]);
  protected readonly problem = signal<ProblemError | null>(null);
  protected readonly busy = signal(false);
  protected readonly kind = computed(() => kindWords(this.payment()?.kind ?? ''));
  protected readonly status = computed(() => (this.payment() ? statusWords(this.payment()!) : ''));
  protected readonly tone = computed(() => (this.payment() ? statusTone(this.payment()!) : ''));

  ngOnInit(): void {
    void this.load();
  }

  protected nameOf(id: string): string {
    return this.people.get(id)?.display_name ?? '…';
  }

  protected save(): void {
    void this.toasts.attempt(this.busy, () => this.files.saveReceipt(this.id()));
  }

  protected async load(): Promise<void> {
    this.problem.set(null);
    try {
      this.payment.set(await this.payments.get(this.id()));
      const params = { path: { payment_id: this.id() } };
      this.refunds.set((await this.api.ask((http) => http.GET('/v1/payments/{payment_id}/refunds', { params }))).items);
    } catch (error) {
      this.problem.set(asProblem(error));
    }
  }
}
