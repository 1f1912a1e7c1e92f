import { ChangeDetectionStrategy, Component, effect, inject, model, output, signal, untracked } from '@angular/core';
import { NonNullableFormBuilder, ReactiveFormsModule } from '@angular/forms';

import { Session } from '@core/session';
import type { Schemas } from '@core/wire';
import { Dialog } from '@shared/dialog';
import { Control, Field } from '@shared/field';
import { Icon } from '@shared/icon';
import { Notice } from '@shared/notice';
import { Spinner } from '@shared/spinner';
import { Submission } from '@shared/submission';
import { Toasts } from '@shared/toast';

import { Account } from '../account';

import { QrCode } from './qr-code';

/** Setting up an authenticator app: the code to scan, a first code back, and the recovery codes, shown once. */
@Component({
  selector: 'app-totp-dialog',
  imports: [Control, Dialog, Field, Icon, Notice, QrCode, ReactiveFormsModule, Spinner],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './totp-dialog.html',
})
export class TotpDialog {
  private readonly account = inject(Account);
  private readonly toasts = inject(Toasts);
  private readonly session = inject(Session);
  readonly open = model(false);
  readonly confirmed = output<void>();

  protected readonly setup = signal<Schemas['TotpSetupView'] | null>(null);
  protected readonly codes = signal<readonly string[] | null>(null);
  protected readonly submission = new Submission({ wrong_code: 'code' });
  protected readonly form = inject(NonNullableFormBuilder).group({ code: '' });

  constructor() {
    effect(() => {
      if (this.open()) untracked(() => this.begin());
    });
  }

  private begin(): void {
    this.setup.set(null);
    this.codes.set(null);
    this.form.reset();
    void this.submission.run(async () => this.setup.set(await this.account.startTotp('')));
  }

  protected send(): void {
    const setup = this.setup();
    if (!setup) return;
    void this.submission.run(async () => {
      this.codes.set(await this.account.confirmTotp(setup.factor_id, this.form.getRawValue().code.replaceAll(' ', '')));
      this.confirmed.emit();
    });
  }

  protected async copy(text: string): Promise<void> {
    await navigator.clipboard.writeText(text);
    this.toasts.show($localize`:@@account.copied:Copied.`);
  }

  protected save(codes: readonly string[]): void {
    const file = new Blob([codes.join('\n') + '\n'], { type: 'text/plain' });
    const link = document.createElement('a');
    link.href = URL.createObjectURL(file);
    link.download = `charla-${this.session.me()?.username ?? ''}.txt`;
    link.click();
    URL.revokeObjectURL(link.href);
  }

  /** The secret in groups of four, for who types it. */
  protected grouped(secret: string): string {
    return secret.replace(/(.{4})(?=.)/g, '$1 ');
  }
}
