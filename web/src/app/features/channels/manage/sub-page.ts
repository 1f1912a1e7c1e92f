import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Icon } from '@shared/icon';

import { CurrentChannel } from '../current-channel';

/** A page behind a channel: its heading, the channel's name, and the way back. */
@Component({
  selector: 'app-sub-page',
  imports: [Icon, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'pane-page' },
  template: `
    <header class="pane-header">
      <a class="icon-button" [routerLink]="target()" aria-label="Back" i18n-aria-label="@@core.back"><app-icon name="back" /></a>
      <div class="channel-heading">
        <h2>{{ heading() }}</h2>
        <p class="muted">{{ current.channel()?.title }}</p>
      </div>
      <ng-content select="[header-actions]" />
    </header>
    <div class="pane-body" [class.is-wide]="wide()"><ng-content /></div>
  `,
})
export class SubPage {
  protected readonly current = inject(CurrentChannel);
  readonly heading = input.required<string>();
  readonly wide = input(false);
  /** Where it goes back to; the channel, unless told. */
  readonly back = input<string>();
  protected readonly target = computed(() => this.back() ?? this.current.path());
}
