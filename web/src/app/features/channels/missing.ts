import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';
import { RouterLink } from '@angular/router';

import type { ProblemError } from '@core/problem';
import { Empty } from '@shared/empty';
import { Icon } from '@shared/icon';

/** What stands where a channel cannot be shown. */
@Component({
  selector: 'app-missing-channel',
  imports: [Empty, Icon, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'pane-page' },
  template: `
    <header class="pane-header">
      <a class="icon-button pane-back" routerLink="/channels" aria-label="Back" i18n-aria-label="@@core.back"><app-icon name="back" /></a>
    </header>
    @if (away(); as words) {
      <app-empty icon="alert" heading="The channel could not be opened" i18n-heading="@@channels.away.heading" [words]="words" />
    } @else {
      <app-empty icon="compass" heading="This channel is not here" i18n-heading="@@channels.missing.heading"
        words="It may be gone, or private: then somebody of its team can invite you." i18n-words="@@channels.missing.words">
        <a class="button is-quiet" routerLink="/channels/browse" i18n="@@channels.browse">Find channels</a>
      </app-empty>
    }
  `,
})
export class MissingChannel {
  readonly problem = input.required<ProblemError | 'gone'>();
  protected readonly away = computed(() => {
    const problem = this.problem();
    return problem !== 'gone' && problem.status !== 404 ? problem.words : null;
  });
}
