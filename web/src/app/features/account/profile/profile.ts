import { ChangeDetectionStrategy, Component } from '@angular/core';

import { AccountPage } from '../account-page';

import { EmailForm } from './email-form';
import { ProfileForm } from './profile-form';

@Component({
  selector: 'app-profile',
  imports: [AccountPage, EmailForm, ProfileForm],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'account' },
  template: `
    <app-account-page heading="Profile and account" i18n-heading="@@account.profile">
      <app-profile-form />
      <app-email-form />
    </app-account-page>
  `,
})
export class Profile {}
