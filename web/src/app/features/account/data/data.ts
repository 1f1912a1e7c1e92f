import { ChangeDetectionStrategy, Component } from '@angular/core';

import { AccountPage } from '../account-page';

import { Copies } from './copies';
import { Leaving } from './leaving';

/** A copy of what Charla keeps of somebody, and the end of their account. */
@Component({
  selector: 'app-data',
  imports: [AccountPage, Copies, Leaving],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'account' },
  template: `
    <app-account-page heading="Your data" i18n-heading="@@account.data">
      <app-copies />
      <app-leaving />
    </app-account-page>
  `,
})
export class Data {}
