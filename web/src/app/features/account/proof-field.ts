import { ChangeDetectionStrategy, Component, inject, input } from '@angular/core';
import { type FormControl, ReactiveFormsModule } from '@angular/forms';

import { Session } from '@core/session';
import { Control, Field, Reveal } from '@shared/field';

/** Asks for the password again; an account without one has none to type, and proves itself by a recent sign-in. */
@Component({
  selector: 'app-proof-field',
  imports: [Control, Field, ReactiveFormsModule, Reveal],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (session.me()?.has_password) {
      <app-field label="Your password" i18n-label="@@account.proof" [error]="error()">
        <app-reveal><input appControl type="password" [formControl]="control()" autocomplete="current-password" required maxlength="1024" /></app-reveal>
      </app-field>
    }
  `,
})
export class ProofField {
  protected readonly session = inject(Session);
  readonly control = input.required<FormControl<string>>();
  readonly error = input<string | null>(null);
}
