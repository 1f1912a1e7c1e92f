import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { NonNullableFormBuilder, ReactiveFormsModule } from '@angular/forms';

import { Session } from '@core/session';
import { Control, Field } from '@shared/field';
import { Icon } from '@shared/icon';
import { Notice } from '@shared/notice';
import { Submission } from '@shared/submission';
import { Toasts } from '@shared/toast';

import { Account } from '../account';
import { ProofField } from '../proof-field';

/** The address for a forgotten password and for digests; it counts once its owner has followed the mailed link. */
@Component({
  selector: 'app-email-form',
  imports: [Control, Field, Icon, Notice, ProofField, ReactiveFormsModule],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'panel' },
  template: `
    <h3 class="panel-heading" i18n="@@account.email">E-mail</h3>
    <form class="form" ngNativeValidate [formGroup]="form" (ngSubmit)="send()">
      <app-notice [words]="submission.general()" />
      <app-field label="Address" i18n-label="@@account.email.address" hint="For a forgotten password. Nobody else sees it." i18n-hint="@@account.email.hint" [error]="submission.at('email')">
        <input appControl type="email" formControlName="email" autocomplete="email" maxlength="254" />
      </app-field>
      @if (form.dirty) {
        <app-proof-field [control]="form.controls.password" [error]="submission.at('password')" />
      }
      @if (me()?.email) {
        <p class="state-line" [attr.data-tone]="me()?.email_verified ? 'good' : 'warn'">
          <app-icon [name]="me()?.email_verified ? 'check' : 'alert'" />
          @if (me()?.email_verified) {
            <span i18n="@@account.email.verified">Confirmed</span>
          } @else {
            <span i18n="@@account.email.unverified">Not confirmed yet. Follow the link that we have sent you.</span>
          }
        </p>
      }
      <p class="panel-actions">
        @if (me()?.email && !me()?.email_verified) {
          <button type="button" class="button is-quiet" (click)="again()" i18n="@@account.email.again">Send the link again</button>
        }
        <button type="submit" class="button" [disabled]="form.pristine" [attr.aria-busy]="submission.isBusy()" i18n="@@account.save">Save</button>
      </p>
    </form>
  `,
})
export class EmailForm {
  private readonly account = inject(Account);
  private readonly toasts = inject(Toasts);
  protected readonly me = inject(Session).me;
  protected readonly submission = new Submission({ email: 'email', wrong_credentials: 'password' });
  protected readonly form = inject(NonNullableFormBuilder).group({ email: this.me()?.email ?? '', password: '' });

  protected send(): void {
    void this.submission.run(async () => {
      const { email, password } = this.form.getRawValue();
      const me = await this.account.change({ email: email.trim() || null, password: this.account.proof(password) });
      this.form.reset({ email: me.email ?? '', password: '' });
      this.toasts.show(me.email ? this.sent() : $localize`:@@account.saved:Saved.`);
    });
  }

  protected again(): void {
    void this.submission.run(async () => {
      await this.account.sendVerification();
      this.toasts.show(this.sent());
    });
  }

  private sent(): string {
    return $localize`:@@account.email.sent:We have sent you a link. Follow it to confirm the address.`;
  }
}
