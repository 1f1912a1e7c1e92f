import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Session } from '@core/session';
import { TimePipe } from '@shared/time';

/** Says on every page that the account is about to be deleted: whoever signs in can still call that off. */
@Component({
  selector: 'app-erasure-bar',
  imports: [RouterLink, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (session.me()?.erasure_due_at; as moment) {
      <p class="erasure-bar" role="status">
        <span i18n="@@core.erasure">Your account will be deleted on {{ moment | time: 'full' }}.</span>
        <a routerLink="/settings/data" i18n="@@core.erasure.see">See</a>
      </p>
    }
  `,
})
export class ErasureBar {
  protected readonly session = inject(Session);
}
