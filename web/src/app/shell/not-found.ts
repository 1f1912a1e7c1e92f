import { ChangeDetectionStrategy, Component } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Empty } from '@shared/empty';

@Component({
  selector: 'app-not-found',
  imports: [Empty, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <main class="page-centre">
      <h1 class="visually-hidden" i18n="@@core.not_found.title">Not found</h1>
      <app-empty
        icon="compass"
        heading="There is nothing here"
        i18n-heading="@@core.not_found.heading"
        words="The address may be mistyped, or what was here is gone."
        i18n-words="@@core.not_found.words"
      >
        <a class="button" routerLink="/c" i18n="@@core.not_found.back">Go to your chats</a>
      </app-empty>
    </main>
  `,
})
export class NotFound {}
