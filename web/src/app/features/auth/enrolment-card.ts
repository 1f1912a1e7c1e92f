import { ChangeDetectionStrategy, Component, inject, input, output, signal } from '@angular/core';
import { NonNullableFormBuilder, ReactiveFormsModule } from '@angular/forms';

import { makesPasskeys } from '@core/make-passkey';
import type { Schemas } from '@core/wire';
import { Control, Field } from '@shared/field';
import { FocusFirst } from '@shared/focus-first';
import { Icon } from '@shared/icon';
import { Notice } from '@shared/notice';
import { Submission } from '@shared/submission';
import { RecoveryCodes } from '@shared/totp/recovery-codes';
import { TotpKey } from '@shared/totp/totp-key';

import { AuthCard } from './card';
import { Enrolment } from './enrolment';

type Setup = Schemas['TotpSetupView'];

/** A first factor, demanded after a password or a provider: why, which, and the recovery codes. */
@Component({
  selector: 'app-enrolment-card',
  imports: [AuthCard, Control, Field, FocusFirst, Icon, Notice, ReactiveFormsModule, RecoveryCodes, TotpKey],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './enrolment-card.html',
})
export class EnrolmentCard {
  private readonly enrolment = inject(Enrolment);
  /** Proves a right password, or a provider's word, while a factor is still owed. */
  readonly token = input.required<string>();
  /** They are signed in. */
  readonly done = output<void>();
  readonly again = output<void>();
  protected readonly canMakePasskeys = makesPasskeys();
  protected readonly setup = signal<Setup | null>(null);
  protected readonly codes = signal<readonly string[] | null>(null);
  protected readonly submission = new Submission({ wrong_code: 'code' });
  protected readonly form = inject(NonNullableFormBuilder).group({ code: '' });

  protected begin(): void {
    void this.submission.run(async () => this.setup.set(await this.enrolment.startTotp(this.token())));
  }

  protected send(setup: Setup): void {
    const code = this.form.getRawValue().code.replaceAll(' ', '');
    void this.submission.run(async () => this.codes.set(await this.enrolment.finishTotp(this.token(), setup.factor_id, code)));
  }

  protected back(): void {
    this.setup.set(null);
    this.form.reset();
    this.submission.problem.set(null);
  }

  protected addPasskey(): void {
    void this.submission.run(async () => {
      await this.enrolment.addPasskey(this.token());
      this.done.emit();
    });
  }
}
