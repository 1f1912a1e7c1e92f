import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { NonNullableFormBuilder, ReactiveFormsModule } from '@angular/forms';
import { ActivatedRoute, Router, RouterLink } from '@angular/router';

import { Session } from '@core/session';
import { Control, Field, Reveal } from '@shared/field';
import { Notice } from '@shared/notice';
import { Submission } from '@shared/submission';
import { Toasts } from '@shared/toast';

import { AuthCard } from './card';
import { factsOf } from './fragment';

@Component({
  selector: 'app-reset-password',
  imports: [AuthCard, Control, Field, Notice, ReactiveFormsModule, Reveal, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-auth-card heading="Choose a new password" i18n-heading="@@auth.reset.heading" words="Everybody who is signed in to your account now has to sign in again." i18n-words="@@auth.reset.words">
      <form class="form" ngNativeValidate [formGroup]="form" (ngSubmit)="send()">
        <app-notice [words]="submission.general()" />
        <app-field label="New password" i18n-label="@@auth.reset.title" hint="A sentence that only you know is a good one." i18n-hint="@@auth.password.hint" [error]="submission.at('password')">
          <app-reveal><input appControl type="password" formControlName="password" autocomplete="new-password" required maxlength="1024" /></app-reveal>
        </app-field>
        <button type="submit" class="button" [attr.aria-busy]="submission.isBusy()" i18n="@@auth.reset.send">Save the password</button>
      </form>
      <p class="auth-switch"><a routerLink="/forgot-password" i18n="@@auth.reset.again">Ask for a new link</a></p>
    </app-auth-card>
  `,
})
export class ResetPassword {
  private readonly session = inject(Session);
  private readonly router = inject(Router);
  private readonly toasts = inject(Toasts);
  private readonly token = factsOf(inject(ActivatedRoute)).get('token') ?? '-';
  protected readonly submission = new Submission({ weak_password: 'password' });
  protected readonly form = inject(NonNullableFormBuilder).group({ password: '' });

  protected send(): void {
    void this.submission.run(async () => {
      await this.session.resetPassword(this.token, this.form.getRawValue().password);
      this.toasts.show($localize`:@@auth.reset.done:The new password is saved. Sign in with it.`);
      await this.router.navigateByUrl('/sign-in');
    });
  }
}
