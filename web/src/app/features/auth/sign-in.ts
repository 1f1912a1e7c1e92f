import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import { NonNullableFormBuilder, ReactiveFormsModule } from '@angular/forms';
import { ActivatedRoute, RouterLink } from '@angular/router';

import { Session } from '@core/session';
import { Control, Field, Reveal } from '@shared/field';
import { Notice } from '@shared/notice';
import { Submission } from '@shared/submission';

import { AuthCard } from './card';
import { CodeForm } from './code-form';
import { EnrolmentCard } from './enrolment-card';
import { Providers } from './providers';
import { Then } from './then';

@Component({
  selector: 'app-sign-in',
  imports: [AuthCard, CodeForm, Control, EnrolmentCard, Field, Notice, Providers, ReactiveFormsModule, Reveal, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './sign-in.html',
})
export class SignIn {
  private readonly session = inject(Session);
  private readonly route = inject(ActivatedRoute);
  private readonly then = inject(Then);
  protected readonly submission = new Submission();
  /** Proves a right password, while a code is still owed. */
  protected readonly factorToken = signal('');
  /** The same, while a first factor is to be set up. */
  protected readonly enrolmentToken = signal('');
  protected readonly form = inject(NonNullableFormBuilder).group({ username: '', password: '' });
  protected readonly query = { then: this.route.snapshot.queryParamMap.get('then') };

  protected send(): void {
    const { username, password } = this.form.getRawValue();
    void this.submission.run(async () => {
      const answer = await this.session.signIn(username.trim(), password);
      if ('factor_required' in answer) this.factorToken.set(answer.factor_token);
      else if ('enrolment_required' in answer) this.enrolmentToken.set(answer.enrolment_token);
      else await this.goOn();
    });
  }

  protected other(way: () => Promise<boolean>): void {
    void this.submission.run(async () => {
      if (await way()) await this.goOn();
    });
  }

  protected goOn(): Promise<void> {
    return this.then.go(this.route);
  }
}
