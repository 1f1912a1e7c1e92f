import { ChangeDetectionStrategy, Component, inject, input, model } from '@angular/core';
import { NonNullableFormBuilder, ReactiveFormsModule } from '@angular/forms';

import { Session } from '@core/session';
import { Dialog } from '@shared/dialog';
import { Control, Field, Reveal } from '@shared/field';
import { Notice } from '@shared/notice';
import { Submission } from '@shared/submission';

/**
 * Asks for the password again before something that hurts; an account without one only says yes.
 * The content says what is about to happen; `work` does it with the password.
 */
@Component({
  selector: 'app-proof-dialog',
  imports: [Control, Dialog, Field, Notice, ReactiveFormsModule, Reveal],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-dialog [(open)]="open" [heading]="heading()">
      <form class="form" ngNativeValidate [id]="id" [formGroup]="form" (ngSubmit)="send()">
        <app-notice [words]="submission.general()" />
        <ng-content />
        @if (session.me()?.has_password) {
          <app-field label="Your password" i18n-label="@@account.proof" [error]="submission.at('password')">
            <app-reveal><input appControl type="password" formControlName="password" autocomplete="current-password" required maxlength="1024" /></app-reveal>
          </app-field>
        }
      </form>
      <div dialog-actions>
        <button type="button" class="button is-quiet" (click)="open.set(false)" i18n="@@account.cancel">Cancel</button>
        <button type="submit" class="button is-danger" [attr.form]="id" [attr.aria-busy]="submission.isBusy()">{{ action() }}</button>
      </div>
    </app-dialog>
  `,
})
export class ProofDialog {
  protected readonly session = inject(Session);
  readonly open = model(false);
  readonly heading = input.required<string>();
  readonly action = input.required<string>();
  readonly work = input.required<(password: string | null) => Promise<unknown>>();

  protected readonly id = `proof-${++made}`;
  protected readonly submission = new Submission({ wrong_credentials: 'password' });
  protected readonly form = inject(NonNullableFormBuilder).group({ password: '' });

  protected send(): void {
    const { password } = this.form.getRawValue();
    void this.submission.run(async () => {
      await this.work()(this.session.me()?.has_password ? password : null);
      this.form.reset();
      this.open.set(false);
    });
  }
}

let made = 0;
