import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import { ActivatedRoute, RouterLink } from '@angular/router';

import { Session } from '@core/session';
import { Notice } from '@shared/notice';
import { Spinner } from '@shared/spinner';
import { Submission } from '@shared/submission';

import { AuthCard } from './card';
import { factsOf } from './fragment';

/** Where the link of a verification mail leads. */
@Component({
  selector: 'app-verify-email',
  imports: [AuthCard, Notice, RouterLink, Spinner],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-auth-card heading="Your e-mail address" i18n-heading="@@auth.verify.heading">
      <app-notice [words]="submission.general()" />
      <app-notice tone="good" [words]="done() ? doneWords : null" />
      @if (submission.isBusy()) {
        <app-spinner />
      } @else {
        <a class="button" routerLink="/c" i18n="@@auth.verify.go_on">Go to Charla</a>
      }
    </app-auth-card>
  `,
})
export class VerifyEmail {
  private readonly session = inject(Session);
  private readonly token = factsOf(inject(ActivatedRoute)).get('token') ?? '-';
  protected readonly submission = new Submission();
  protected readonly done = signal(false);
  protected readonly doneWords = $localize`:@@auth.verify.done:Your address is verified. Thank you!`;

  constructor() {
    void this.submission.run(async () => {
      await this.session.verifyEmail(this.token);
      this.done.set(true);
    });
  }
}
