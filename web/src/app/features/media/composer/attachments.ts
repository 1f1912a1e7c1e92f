import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';

import { Uploads } from '../uploads/uploads';

import { Attachment } from './attachment';

/** The files that were chosen for a message, above its text. */
@Component({
  selector: 'app-attachments',
  imports: [Attachment],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (list().length) {
      <ul class="attachments" aria-label="Attached files" i18n-aria-label="@@media.attached">
        @for (upload of list(); track upload.id) {
          <li><app-attachment [upload]="upload" /></li>
        }
      </ul>
    }
  `,
})
export class Attachments {
  readonly place = input.required<string>();
  private readonly uploads = inject(Uploads);
  protected readonly list = computed(() => this.uploads.of(this.place())());
}
