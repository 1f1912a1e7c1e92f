import { ChangeDetectionStrategy, Component, OnInit, inject, input, signal } from '@angular/core';
import { NonNullableFormBuilder, ReactiveFormsModule } from '@angular/forms';

import { Api } from '@core/api';
import { Dialog } from '@shared/dialog';
import { Empty } from '@shared/empty';
import { Control, Field } from '@shared/field';
import { Icon } from '@shared/icon';
import { Listing } from '@shared/listing';
import { LoadFailed } from '@shared/load-failed';
import { Notice } from '@shared/notice';
import { Skeleton } from '@shared/spinner';
import { Submission } from '@shared/submission';
import { TimePipe } from '@shared/time';
import { Toasts } from '@shared/toast';

import { Intention } from '../paying/intention';
import type { Coupon } from '../payments';

const CODE = /^[A-Za-z0-9_-]{3,40}$/u;
const MOST_PERCENT = 100;

/** The coupons of a channel: make one, end one. */
@Component({
  selector: 'app-coupons',
  imports: [Control, Dialog, Empty, Field, Icon, LoadFailed, Notice, ReactiveFormsModule, Skeleton, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'selling-part' },
  templateUrl: './coupons.html',
})
export class Coupons implements OnInit {
  private readonly api = inject(Api);
  private readonly toasts = inject(Toasts);
  readonly channelId = input.required<string>();
  protected readonly list = new Listing<Coupon>(() => {
    const params = { path: { channel_id: this.channelId() } };
    return this.api.ask((http) => http.GET('/v1/channels/{channel_id}/coupons', { params }));
  });
  protected readonly isOpen = signal(false);
  protected readonly form = inject(NonNullableFormBuilder).group({ code: '', percent: '', periods: '1', uses: '', until: '' });
  protected readonly codeError = signal<string | null>(null);
  protected readonly percentError = signal<string | null>(null);
  protected readonly sending = new Submission({ coupon_taken: 'code' });
  private readonly intention = new Intention();

  ngOnInit(): void {
    void this.list.load();
  }

  protected begin(): void {
    this.form.reset();
    this.codeError.set(null);
    this.percentError.set(null);
    this.sending.problem.set(null);
    this.isOpen.set(true);
  }

  protected submit(): void {
    const { code, percent, periods, uses, until } = this.form.getRawValue();
    const off = Number(percent);
    const isPercent = Number.isInteger(off) && off >= 1 && off <= MOST_PERCENT;
    this.codeError.set(CODE.test(code.trim()) ? null : $localize`:@@payments.coupon.code_wrong:Use 3 to 40 letters, digits, hyphens or underscores.`);
    this.percentError.set(isPercent ? null : $localize`:@@payments.coupon.percent_wrong:Give a whole number from 1 to 100.`);
    if (this.codeError() || this.percentError()) return;
    const body = {
      code: code.trim(),
      percent: off,
      periods: Math.max(1, Math.trunc(Number(periods)) || 1),
      max_uses: Math.trunc(Number(uses)) || null,
      expires_at: until ? new Date(`${until}T23:59:59`).toISOString() : null,
    };
    void this.sending.run(async () => {
      const params = { path: { channel_id: this.channelId() }, header: { 'Idempotency-Key': this.intention.keyFor(body) } };
      await this.api.ask((http) => http.POST('/v1/channels/{channel_id}/coupons', { params, body }));
      this.intention.done();
      this.isOpen.set(false);
      await this.list.load();
    });
  }

  protected async end({ code }: Coupon): Promise<void> {
    try {
      const params = { path: { channel_id: this.channelId(), code } };
      await this.api.ask((http) => http.DELETE('/v1/channels/{channel_id}/coupons/{code}', { params }));
      this.list.change((all) => all.filter((each) => each.code !== code));
    } catch (error) {
      this.toasts.fail(error);
    }
  }
}
