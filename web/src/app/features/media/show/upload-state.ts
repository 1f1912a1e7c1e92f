import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';

import { Icon } from '@shared/icon';
import { Toasts } from '@shared/toast';

import type { Upload } from '../uploads/upload';
import { Uploads } from '../uploads/uploads';
import { wordsOf } from '../words/words';

import { Ring } from './ring';

/** How far a file of one's own is on its way, with what can be done about it: over a picture, or in a line. */
@Component({
  selector: 'app-upload-state',
  imports: [Icon, Ring],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'media-state', '[attr.data-form]': 'form()' },
  templateUrl: './upload-state.html',
})
export class UploadState {
  readonly upload = input.required<Upload>();
  readonly form = input<'overlay' | 'line'>('overlay');
  readonly canCancel = input(true);
  private readonly uploads = inject(Uploads);
  private readonly toasts = inject(Toasts);

  protected readonly percent = computed(() => (this.upload().phase() === 'sending' ? this.upload().percent() : null));
  protected readonly ringLabel = computed(() => $localize`:@@media.sending_named:Sending ${this.upload().name}:name:`);
  protected readonly words = computed(() => this.say());

  protected pause(): void {
    this.uploads.pause(this.upload());
  }

  protected resume(): void {
    this.uploads.resume(this.upload());
  }

  protected cancel(): void {
    this.uploads.cancel(this.upload());
  }

  protected choose(files: HTMLInputElement): void {
    const file = files.files?.[0];
    files.value = '';
    if (file && !this.uploads.resumeWith(this.upload(), file)) {
      this.toasts.show($localize`:@@media.other_file:That is another file. Choose ${this.upload().name}:name: again.`);
    }
  }

  private say(): string {
    switch (this.upload().phase()) {
      case 'sending':
        return $localize`:@@media.state.sending:${this.upload().percent()}:percent: %`;
      case 'beginning':
      case 'waiting':
        return $localize`:@@media.state.waiting:Waiting …`;
      case 'paused':
        return $localize`:@@media.state.paused:Paused`;
      case 'broken':
        return $localize`:@@media.state.broken:Waiting for the network …`;
      case 'needs-file':
        return $localize`:@@media.state.needs_file:Choose the file again to go on`;
      case 'failed':
        return wordsOf(this.upload().problem());
      default:
        return '';
    }
  }
}
