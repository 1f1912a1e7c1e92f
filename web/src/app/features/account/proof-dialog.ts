import { ChangeDetectionStrategy, Component, inject, input, model } from '@angular/core';
import { NonNullableFormBuilder, ReactiveFormsModule } from '@angular/forms';

import { Dialog } from '@shared/dialog';
import { Notice } from '@shared/notice';
import { Submission } from '@shared/submission';

import { Account } from './account';
import { ProofField } from './proof-field';

/**
 * Asks for the password again before something that changes who gets in; an account without one only says yes.
 * The content says what is about to happen; `work` does it with the password.
 */
@Component({
  selector: 'app-proof-dialog',
  imports: [Dialog, Notice, ProofField, ReactiveFormsModule],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-dialog [(open)]="open" [heading]="heading()">
      <form class="form" ngNativeValidate [id]="id" [formGroup]="form" (ngSubmit)="send()">
        <app-notice [words]="submission.general()" />
        <ng-content />
        <app-proof-field [control]="form.controls.password" [error]="submission.at('password')" />
      </form>
      <div dialog-actions>
        <button type="button" class="button is-quiet" (click)="open.set(false)" i18n="@@account.cancel">Cancel</button>
        <button type="submit" class="button" [class.is-danger]="!isHarmless()" [attr.form]="id" [attr.aria-busy]="submission.isBusy()">{{ action() }}</button>
      </div>
    </app-dialog>
  `,
})
export class ProofDialog {
  private readonly account = inject(Account);
  readonly open = model(false);
  readonly heading = input.required<string>();
  readonly action = input.required<string>();
  /** Whether nothing is lost by it. */
  readonly isHarmless = input(false);
  readonly work = input.required<(password: string | null) => Promise<unknown>>();

  protected readonly id = `proof-${++made}`;
  protected readonly submission = new Submission({ wrong_credentials: 'password' });
  protected readonly form = inject(NonNullableFormBuilder).group({ password: '' });

  protected send(): void {
    void this.submission.run(async () => {
      await this.work()(this.account.proof(this.form.getRawValue().password));
      this.form.reset();
      this.open.set(false);
    });
  }
}

let made = 0;
