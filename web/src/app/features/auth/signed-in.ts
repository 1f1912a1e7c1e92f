import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import { ActivatedRoute, Router, RouterLink } from '@angular/router';

import { ProblemError } from '@core/problem';
import { Session } from '@core/session';
import { Notice } from '@shared/notice';
import { Spinner } from '@shared/spinner';
import { Submission } from '@shared/submission';

import { AuthCard } from './card';
import { CodeForm } from './code-form';
import { EnrolmentCard } from './enrolment-card';
import { factsOf } from './fragment';

/** Where the browser lands after a provider; what happened stands behind `#` (docs/wire-api.md). */
@Component({
  selector: 'app-signed-in',
  imports: [AuthCard, CodeForm, EnrolmentCard, Notice, RouterLink, Spinner],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (enrolmentToken(); as token) {
      @defer (on immediate) {
        <app-enrolment-card [token]="token" (done)="go('/c')" (again)="go('/sign-in')" />
      }
    } @else {
      <app-auth-card [heading]="heading">
        <app-notice [words]="submission.general()" />
        @if (factorToken(); as token) {
          <app-code-form [factorToken]="token" (done)="go('/c')" (again)="go('/sign-in')" />
        } @else if (submission.isBusy()) {
          <app-spinner />
        } @else {
          <a class="button" routerLink="/sign-in" i18n="@@auth.back_to_sign_in">Back to sign in</a>
        }
      </app-auth-card>
    }
  `,
})
export class SignedIn {
  private readonly session = inject(Session);
  private readonly router = inject(Router);
  protected readonly heading = $localize`:@@auth.landing.heading:Signing you in`;
  protected readonly submission = new Submission();
  protected readonly factorToken = signal('');
  protected readonly enrolmentToken = signal('');

  constructor() {
    const facts = factsOf(inject(ActivatedRoute));
    void this.submission.run(() => this.land(facts));
  }

  private async land(facts: URLSearchParams): Promise<unknown> {
    const result = facts.get('result');
    if (result === 'enrolment') return this.enrolmentToken.set(facts.get('enrolment_token') ?? '');
    if (result === 'factor') return this.factorToken.set(facts.get('factor_token') ?? '');
    if (result !== 'signed_in' && result !== 'linked') {
      throw new ProblemError({ code: facts.get('error') ?? 'oidc_state_invalid', status: 400 });
    }
    await this.session.refresh();
    return this.go(result === 'linked' ? '/settings' : '/c');
  }

  protected go(place: string): Promise<boolean> {
    return this.router.navigateByUrl(place, { replaceUrl: true });
  }
}
