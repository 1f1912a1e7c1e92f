import { ChangeDetectionStrategy, Component, effect, inject, model, output, signal, untracked } from '@angular/core';
import { NonNullableFormBuilder, ReactiveFormsModule } from '@angular/forms';

import { Session } from '@core/session';
import type { Schemas } from '@core/wire';
import { Dialog } from '@shared/dialog';
import { Control, Field } from '@shared/field';
import { Notice } from '@shared/notice';
import { Spinner } from '@shared/spinner';
import { Submission } from '@shared/submission';
import { RecoveryCodes } from '@shared/totp/recovery-codes';
import { TotpKey } from '@shared/totp/totp-key';

import { Account } from '../account';
import { ProofField } from '../proof-field';

/** Setting up an authenticator app: the code to scan, a first code back, and the recovery codes, shown once. */
@Component({
  selector: 'app-totp-dialog',
  imports: [Control, Dialog, Field, Notice, ProofField, ReactiveFormsModule, RecoveryCodes, Spinner, TotpKey],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './totp-dialog.html',
})
export class TotpDialog {
  private readonly account = inject(Account);
  protected readonly session = inject(Session);
  readonly open = model(false);
  readonly confirmed = output<void>();

  protected readonly setup = signal<Schemas['TotpSetupView'] | null>(null);
  protected readonly codes = signal<readonly string[] | null>(null);
  protected readonly submission = new Submission({ wrong_code: 'code', wrong_credentials: 'password' });
  protected readonly form = inject(NonNullableFormBuilder).group({ code: '' });
  protected readonly proof = inject(NonNullableFormBuilder).group({ password: '' });

  constructor() {
    effect(() => {
      if (this.open()) untracked(() => this.reset());
    });
  }

  private reset(): void {
    this.setup.set(null);
    this.codes.set(null);
    this.form.reset();
    this.proof.reset();
    this.submission.problem.set(null);
    if (!this.session.me()?.has_password) this.begin();
  }

  protected begin(): void {
    const password = this.account.proof(this.proof.getRawValue().password);
    void this.submission.run(async () => this.setup.set(await this.account.startTotp('', password)));
  }

  protected send(): void {
    const setup = this.setup();
    if (!setup) return;
    void this.submission.run(async () => {
      this.codes.set(await this.account.confirmTotp(setup.factor_id, this.form.getRawValue().code.replaceAll(' ', '')));
      this.confirmed.emit();
    });
  }
}
