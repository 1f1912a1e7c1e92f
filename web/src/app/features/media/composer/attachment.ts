import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';

import { Announcer } from '@shared/announcer';
import { Icon } from '@shared/icon';

import { UploadState } from '../show/upload-state';
import { kindOfType } from '../store/kinds';
import type { Upload } from '../uploads/upload';
import { Uploads } from '../uploads/uploads';
import { SizePipe } from '../words/format';
import { iconOf } from '../words/words';

/** One chosen file: how it looks, how far it is, and a way to take it out again. */
@Component({
  selector: 'app-attachment',
  imports: [Icon, SizePipe, UploadState],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'attachment' },
  template: `
    @if (upload().look()?.url; as look) {
      <img class="attachment-look" [src]="look" alt="" />
      @if (isFilm()) {
        <app-icon class="attachment-film" name="video" />
      }
    } @else {
      <app-icon class="attachment-icon" [name]="icon()" />
    }
    <span class="attachment-text">
      <span class="attachment-name">{{ upload().name }}</span>
      <span class="attachment-size">{{ upload().size | size }}</span>
    </span>
    <app-upload-state [upload]="upload()" form="overlay" [canCancel]="false" />
    <button type="button" class="attachment-remove" [attr.aria-label]="removeLabel()" (click)="remove()"><app-icon name="close" /></button>
  `,
})
export class Attachment {
  readonly upload = input.required<Upload>();
  private readonly uploads = inject(Uploads);
  private readonly announcer = inject(Announcer);

  protected readonly isFilm = computed(() => kindOfType(this.upload().type) === 'video');
  protected readonly icon = computed(() => iconOf(kindOfType(this.upload().type)));
  protected readonly removeLabel = computed(() => $localize`:@@media.remove_named:Remove ${this.upload().name}:name:`);

  protected remove(): void {
    this.uploads.cancel(this.upload());
    this.announcer.say($localize`:@@media.removed_named:${this.upload().name}:name: was removed`);
  }
}
