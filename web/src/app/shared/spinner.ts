import { ChangeDetectionStrategy, Component, input } from '@angular/core';

@Component({
  selector: 'app-spinner',
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'spinner', role: 'status' },
  template: `<span class="visually-hidden" i18n="@@core.loading">Loading …</span>`,
})
export class Spinner {}

/** Grey lines where a list will be. */
@Component({
  selector: 'app-skeleton',
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'skeleton', role: 'status' },
  template: `
    <span class="visually-hidden" i18n="@@core.loading">Loading …</span>
    @for (line of lines(); track line) {
      <span class="skeleton-line" aria-hidden="true"><span></span><span><span></span><span></span></span></span>
    }
  `,
})
export class Skeleton {
  readonly lines = input([1, 2, 3, 4, 5]);
}
