import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import { NonNullableFormBuilder, ReactiveFormsModule } from '@angular/forms';
import { RouterLink } from '@angular/router';

import { Session } from '@core/session';
import { Control, Field } from '@shared/field';
import { Notice } from '@shared/notice';
import { Submission } from '@shared/submission';

import { AuthCard } from './card';

@Component({
  selector: 'app-forgot-password',
  imports: [AuthCard, Control, Field, Notice, ReactiveFormsModule, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-auth-card heading="Forgotten your password?" i18n-heading="@@auth.forgot.link" words="Give the e-mail address of your account. We send you a link to choose a new password." i18n-words="@@auth.forgot.words">
      <form class="form" ngNativeValidate [formGroup]="form" (ngSubmit)="send()">
        <app-notice [words]="submission.general()" />
        <app-notice tone="good" [words]="sent() ? sentWords : null" />
        <app-field label="E-mail" i18n-label="@@auth.email" [error]="submission.at('email')">
          <input appControl type="email" formControlName="email" autocomplete="email" required maxlength="254" />
        </app-field>
        <button type="submit" class="button" [attr.aria-busy]="submission.isBusy()" i18n="@@auth.forgot.send">Send the link</button>
      </form>
      <p class="auth-switch"><a routerLink="/sign-in" i18n="@@auth.back_to_sign_in">Back to sign in</a></p>
    </app-auth-card>
  `,
})
export class ForgotPassword {
  private readonly session = inject(Session);
  protected readonly submission = new Submission({ email: 'email' });
  protected readonly sent = signal(false);
  protected readonly sentWords = $localize`:@@auth.forgot.sent:If an account has this verified address, the link is on its way.`;
  protected readonly form = inject(NonNullableFormBuilder).group({ email: '' });

  protected send(): void {
    this.sent.set(false);
    void this.submission.run(async () => {
      await this.session.forgotPassword(this.form.getRawValue().email.trim());
      this.sent.set(true);
    });
  }
}
