import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import { NonNullableFormBuilder, ReactiveFormsModule } from '@angular/forms';
import { ActivatedRoute, Router, RouterLink } from '@angular/router';

import { Session } from '@core/session';
import { Control, Field, Reveal } from '@shared/field';
import { Notice } from '@shared/notice';
import { Submission } from '@shared/submission';

import { AuthCard } from './card';
import { EnrolmentCard } from './enrolment-card';
import { Providers } from './providers';
import { Then } from './then';

const FIELDS = {
  username_taken: 'username',
  invalid_username: 'username',
  weak_password: 'password',
  display_name: 'display_name',
  email: 'email',
};

@Component({
  selector: 'app-sign-up',
  imports: [AuthCard, Control, EnrolmentCard, Field, Notice, Providers, ReactiveFormsModule, Reveal, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './sign-up.html',
})
export class SignUp {
  private readonly session = inject(Session);
  private readonly route = inject(ActivatedRoute);
  private readonly router = inject(Router);
  private readonly then = inject(Then);
  /** Proves who made the account, while a first factor is to be set up. */
  protected readonly enrolmentToken = signal('');
  protected readonly submission = new Submission(FIELDS);
  protected readonly form = inject(NonNullableFormBuilder).group({ display_name: '', username: '', email: '', password: '' });
  protected readonly query = { then: this.route.snapshot.queryParamMap.get('then') };

  protected send(): void {
    const { display_name: name, username, email, password } = this.form.getRawValue();
    void this.submission.run(async () => {
      const account = { display_name: name.trim(), username: username.trim(), password, email: email.trim() || null };
      const answer = await this.session.register(account);
      if ('enrolment_required' in answer) this.enrolmentToken.set(answer.enrolment_token);
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

  /** The account is there by now: another one signs in at the other page. */
  protected again(): Promise<boolean> {
    return this.router.navigate(['/sign-in'], { queryParams: this.query });
  }
}
