import { ChangeDetectionStrategy, Component, signal } from '@angular/core';
import { RouterOutlet } from '@angular/router';

/** A list at the left and what was chosen at the right; on a phone one at a time. The content is the list. */
@Component({
  selector: 'app-panes',
  imports: [RouterOutlet],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'panes', '[class.has-detail]': 'hasDetail()' },
  template: `
    <div class="pane-list"><ng-content /></div>
    <div class="pane-detail"><router-outlet (activate)="show($event)" (deactivate)="hasDetail.set(false)" /></div>
  `,
})
export class Panes {
  protected readonly hasDetail = signal(false);

  /** What is shown while nothing is chosen says so by `isPlaceholder`. */
  protected show(shown: unknown): void {
    this.hasDetail.set(!(shown as { isPlaceholder?: boolean }).isPlaceholder);
  }
}
