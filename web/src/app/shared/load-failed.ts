import { ChangeDetectionStrategy, Component, input, output } from '@angular/core';

import type { ProblemError } from '@core/problem';
import { Empty } from './empty';

/** What stands where a list could not be had. */
@Component({
  selector: 'app-load-failed',
  imports: [Empty],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <app-empty icon="alert" [heading]="problem()?.words ?? ''">
      <button type="button" class="button is-quiet" (click)="again.emit()" i18n="@@channels.again">Try again</button>
    </app-empty>
  `,
})
export class LoadFailed {
  readonly problem = input.required<ProblemError | null>();
  readonly again = output<void>();
}
