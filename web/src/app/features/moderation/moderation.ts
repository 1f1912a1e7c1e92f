import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { RouterLink, RouterLinkActive } from '@angular/router';

import { Roles } from '@core/roles';
import { Icon } from '@shared/icon';
import { Panes } from '@shared/panes';

@Component({
  selector: 'app-moderation',
  imports: [Icon, Panes, RouterLink, RouterLinkActive],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'account' },
  template: `
    <app-panes>
      <header class="pane-header">
        <a class="icon-button" routerLink="/settings" aria-label="Back to the settings" i18n-aria-label="@@moderation.back"><app-icon name="back" /></a>
        <h1 i18n="@@moderation">Moderation</h1>
      </header>
      <nav class="settings-topics" aria-label="Moderation" i18n-aria-label="@@moderation">
        <a class="row" routerLink="reports" routerLinkActive="is-active" ariaCurrentWhenActive="page"><app-icon name="flag" /><span i18n="@@moderation.reports">Reports</span></a>
        <a class="row" routerLink="ads" routerLinkActive="is-active" ariaCurrentWhenActive="page"><app-icon name="speaker" /><span i18n="@@ads.to_review">Ads to review</span></a>
        <a class="row" routerLink="reported-ads" routerLinkActive="is-active" ariaCurrentWhenActive="page"><app-icon name="flag" /><span i18n="@@ads.reports">Reported ads</span></a>
        @if (roles.administers()) {
          <a class="row" routerLink="people" routerLinkActive="is-active" ariaCurrentWhenActive="page"><app-icon name="users" /><span i18n="@@moderation.people">People</span></a>
          <a class="row" routerLink="audit" routerLinkActive="is-active" ariaCurrentWhenActive="page"><app-icon name="shield" /><span i18n="@@moderation.audit">Audit log</span></a>
          <a class="row" routerLink="instances" routerLinkActive="is-active" ariaCurrentWhenActive="page"><app-icon name="database" /><span i18n="@@moderation.instances">Instances</span></a>
        }
      </nav>
    </app-panes>
  `,
})
export class Moderation {
  protected readonly roles = inject(Roles);
}
