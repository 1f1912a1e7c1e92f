import { ChangeDetectionStrategy, Component, inject, input } from '@angular/core';

import { Icon } from '@shared/icon';

import { Choosing } from './choosing';

/** Opens the system's choice of files; on a phone that offers the camera and the gallery. */
@Component({
  selector: 'app-attach-button',
  imports: [Icon],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <button type="button" class="icon-button" aria-label="Attach files" i18n-aria-label="@@media.attach" (click)="files.click()">
      <app-icon name="clip" />
    </button>
    <input #files class="media-input" type="file" multiple tabindex="-1" aria-label="Files to attach" i18n-aria-label="@@media.attach_files"
      (change)="choose(files)" />
  `,
})
export class AttachButton {
  readonly place = input.required<string>();
  private readonly choosing = inject(Choosing);

  protected choose(files: HTMLInputElement): void {
    this.choosing.choose(this.place(), files.files ?? []);
    files.value = ''; // so that the same file can be chosen again
  }
}
