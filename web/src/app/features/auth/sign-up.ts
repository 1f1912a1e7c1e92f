import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { NonNullableFormBuilder, ReactiveFormsModule } from '@angular/forms';
import { ActivatedRoute, RouterLink } from '@angular/router';

import { Session } from '@core/session';
import { Control, Field, Reveal } from '@shared/field';
import { Notice } from '@shared/notice';
import { Submission } from '@shared/submission';

import { AuthCard } from './card';
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
  imports: [AuthCard, Control, Field, Notice, Providers, ReactiveFormsModule, Reveal, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './sign-up.html',
})
export class SignUp {
  private readonly session = inject(Session);
  private readonly route = inject(ActivatedRoute);
  private readonly then = inject(Then);
  protected readonly submission = new Submission(FIELDS);
  protected readonly form = inject(NonNullableFormBuilder).group({ display_name: '', username: '', email: '', password: '' });
  protected readonly query = { then: this.route.snapshot.queryParamMap.get('then') };

  protected send(): void {
    const { display_name: name, username, email, password } = this.form.getRawValue();
    void this.submission.run(async () => {
      await this.session.register({ display_name: name.trim(), username: username.trim(), password, email: email.trim() || null });
      await this.then.go(this.route);
    });
  }

  protected other(way: () => Promise<boolean>): void {
    void this.submission.run(async () => {
      if (await way()) await this.then.go(this.route);
    });
  }
}
