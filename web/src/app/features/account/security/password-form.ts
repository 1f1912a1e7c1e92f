import { ChangeDetectionStrategy, Component, computed, inject } from '@angular/core';
import { NonNullableFormBuilder, ReactiveFormsModule } from '@angular/forms';

import { Session } from '@core/session';
import { Control, Field, Reveal } from '@shared/field';
import { Notice } from '@shared/notice';
import { Submission } from '@shared/submission';
import { Toasts } from '@shared/toast';

import { Account } from '../account';

/** Another password, or a first one for an account that a provider opened. */
@Component({
  selector: 'app-password-form',
  imports: [Control, Field, Notice, ReactiveFormsModule, Reveal],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'panel' },
  template: `
    <h3 class="panel-heading" i18n="@@account.password">Password</h3>
    <form class="form" ngNativeValidate [formGroup]="form" (ngSubmit)="send()">
      <app-notice [words]="submission.general()" />
      <input class="visually-hidden" type="text" autocomplete="username" tabindex="-1" aria-hidden="true" readonly [value]="username()" />
      @if (hasPassword()) {
        <app-field label="Present password" i18n-label="@@account.password.old" [error]="submission.at('old')">
          <app-reveal><input appControl type="password" formControlName="old" autocomplete="current-password" required maxlength="1024" /></app-reveal>
        </app-field>
      }
      <app-field label="New password" i18n-label="@@account.password.new" hint="A whole sentence is a good one. Your other devices are signed out." i18n-hint="@@account.password.hint" [error]="submission.at('new')">
        <app-reveal><input appControl type="password" formControlName="next" autocomplete="new-password" required maxlength="1024" /></app-reveal>
      </app-field>
      <p class="panel-actions"><button type="submit" class="button" [disabled]="form.pristine" [attr.aria-busy]="submission.isBusy()">
        @if (hasPassword()) {<span i18n="@@account.password.change">Change password</span>} @else {<span i18n="@@account.password.set">Set a password</span>}
      </button></p>
    </form>
  `,
})
export class PasswordForm {
  private readonly account = inject(Account);
  private readonly toasts = inject(Toasts);
  private readonly me = inject(Session).me;
  protected readonly hasPassword = computed(() => this.me()?.has_password ?? true);
  protected readonly username = computed(() => this.me()?.username ?? '');
  protected readonly submission = new Submission({ wrong_credentials: 'old', weak_password: 'new' });
  protected readonly form = inject(NonNullableFormBuilder).group({ old: '', next: '' });

  protected send(): void {
    const { old, next } = this.form.getRawValue();
    void this.submission.run(async () => {
      await this.account.changePassword(next, this.hasPassword() ? old : null);
      this.form.reset();
      this.toasts.show($localize`:@@account.password.changed:Your password was changed, and your other devices were signed out.`);
    });
  }
}
