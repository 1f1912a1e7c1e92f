import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';

import { Api } from '@core/api';
import { Session } from '@core/session';
import { Icon } from '@shared/icon';
import { Toasts } from '@shared/toast';

import type { MediaItem } from '../store/media-item';
import { MediaStore } from '../store/media-store';
import { mayRetry, reasonOf } from '../words/words';

import { Ring } from './ring';
import { UploadState } from './upload-state';

/** Where a media is on its way from a file to something that is shown; nothing once it is there. */
@Component({
  selector: 'app-media-state',
  imports: [Icon, Ring, UploadState],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (sending(); as upload) {
      <app-upload-state [upload]="upload" [form]="form()" />
    } @else if (media(); as media) {
      @switch (media.state) {
        @case ('ready') {}
        @case ('failed') {
          <div class="media-state" [attr.data-form]="form()">
            <app-icon class="media-state-alert" name="alert" />
            <span class="media-state-words">{{ reason() }}</span>
            @if (canRetry()) {
              <button type="button" class="media-state-button" (click)="retry()" aria-label="Try again" i18n-aria-label="@@media.retry"><app-icon name="refresh" /></button>
            }
          </div>
        }
        @default {
          <div class="media-state" [attr.data-form]="form()">
            <span class="media-state-ring"><app-ring [percent]="percent()" [label]="words()" /></span>
            <span class="media-state-words">{{ words() }}</span>
          </div>
        }
      }
    }
  `,
})
export class MediaState {
  readonly item = input.required<MediaItem>();
  readonly form = input<'overlay' | 'line'>('overlay');
  private readonly api = inject(Api);
  private readonly store = inject(MediaStore);
  private readonly session = inject(Session);
  private readonly toasts = inject(Toasts);

  protected readonly media = computed(() => this.item().media);
  protected readonly sending = computed(() => {
    const upload = this.item().upload;
    const isOver = !upload || upload.phase() === 'sent' || upload.phase() === 'cancelled';
    const isPassed = this.media() !== null && this.media()!.state !== 'uploading';
    return isOver || isPassed ? null : upload;
  });
  protected readonly percent = computed(() => (this.media()?.state === 'processing' && this.media()!.progress > 0 ? this.media()!.progress : null));
  protected readonly reason = computed(() => reasonOf(this.media()?.error));
  protected readonly canRetry = computed(() => this.media()?.owner_id === this.session.me()?.id && mayRetry(this.media()?.error ?? null));
  protected readonly words = computed(() => {
    if (this.media()?.state === 'uploading') return $localize`:@@media.state.uploading:Being sent …`;
    const percent = this.percent();
    return percent === null ? $localize`:@@media.state.queued:Being prepared …` : $localize`:@@media.state.processing:Being prepared: ${percent}:percent: %`;
  });

  protected async retry(): Promise<void> {
    const params = { path: { media_id: this.item().id } };
    try {
      this.store.learn(await this.api.ask((http) => http.POST('/v1/media/{media_id}/retry', { params })));
    } catch (error) {
      this.toasts.fail(error);
    }
  }
}
