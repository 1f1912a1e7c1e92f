import { ChangeDetectionStrategy, Component, inject, input, output } from '@angular/core';
import { NonNullableFormBuilder, ReactiveFormsModule } from '@angular/forms';

import { Session } from '@core/session';
import { Control, Field } from '@shared/field';
import { FocusFirst } from '@shared/focus-first';
import { Notice } from '@shared/notice';
import { Submission } from '@shared/submission';

/** The second factor, after a password or a provider. */
@Component({
  selector: 'app-code-form',
  imports: [Control, Field, FocusFirst, Notice, ReactiveFormsModule],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <form class="form" ngNativeValidate [formGroup]="form" (ngSubmit)="send()">
      <app-notice [words]="submission.general()" />
      <app-field label="Code" i18n-label="@@auth.code" [error]="submission.at('code')">
        <input appControl appFocusFirst class="is-code" formControlName="code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" required maxlength="64" />
      </app-field>
      <button type="submit" class="button" [attr.aria-busy]="submission.isBusy()" i18n="@@auth.code.send">Go on</button>
      <button type="button" class="text-button" (click)="again.emit()" i18n="@@auth.code.again">Use another account</button>
    </form>
  `,
})
export class CodeForm {
  private readonly session = inject(Session);
  readonly factorToken = input.required<string>();
  readonly done = output<void>();
  readonly again = output<void>();
  protected readonly submission = new Submission({ wrong_code: 'code' });
  protected readonly form = inject(NonNullableFormBuilder).group({ code: '' });

  protected send(): void {
    void this.submission.run(async () => {
      await this.session.signInWithCode(this.factorToken(), this.form.getRawValue().code.trim());
      this.done.emit();
    });
  }
}
