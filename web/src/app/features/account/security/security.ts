import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';

import { Toasts } from '@shared/toast';
import { Skeleton } from '@shared/spinner';

import { Account, type Factor } from '../account';
import { AccountPage } from '../account-page';

import { Identities } from './identities';
import { Passkeys } from './passkeys';
import { PasswordForm } from './password-form';
import { TwoSteps } from './two-steps';

/** All the ways into the account. */
@Component({
  selector: 'app-security',
  imports: [AccountPage, Identities, Passkeys, PasswordForm, Skeleton, TwoSteps],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'account' },
  template: `
    <app-account-page heading="Signing in and security" i18n-heading="@@account.security">
      <app-password-form />
      @if (factors(); as factors) {
        <app-two-steps [factors]="factors" (changed)="load()" />
        <app-passkeys [factors]="factors" (changed)="load()" />
      } @else {
        <app-skeleton [lines]="[1, 2]" />
      }
      <app-identities />
    </app-account-page>
  `,
})
export class Security {
  private readonly account = inject(Account);
  private readonly toasts = inject(Toasts);
  protected readonly factors = signal<readonly Factor[] | null>(null);

  constructor() {
    void this.load();
  }

  protected async load(): Promise<void> {
    try {
      this.factors.set(await this.account.factors());
    } catch (error) {
      this.toasts.fail(error, { label: $localize`:@@account.retry:Try again`, run: () => void this.load() });
    }
  }
}
