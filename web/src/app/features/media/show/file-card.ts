import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';

import { Icon } from '@shared/icon';

import { Downloads } from '../store/downloads';
import { HeldLink } from '../store/held-link';
import { addressOf } from '../store/links';
import type { MediaItem } from '../store/media-item';
import { pictureFor } from '../store/variants';
import { SizePipe } from '../words/format';

import { MediaState } from './media-state';

const THUMB_WIDTH = 320;
const LONGEST_ENDING = 5;

/** A document or file: what it is, how large, and a way to save it. */
@Component({
  selector: 'app-file-card',
  imports: [Icon, MediaState, SizePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'file-card' },
  templateUrl: './file-card.html',
})
export class FileCard {
  readonly item = input.required<MediaItem>();
  private readonly downloads = inject(Downloads);

  protected readonly hasPage = computed(() => !!this.item().media && pictureFor(this.item().media!, THUMB_WIDTH) !== null);
  protected readonly held = new HeldLink(() => (this.hasPage() ? this.item().id : null));
  protected readonly page = computed(() => {
    const [media, link] = [this.item().media, this.held.link()];
    const picture = media && pictureFor(media, THUMB_WIDTH);
    return picture && link ? addressOf(link, picture.name) : null;
  });
  protected readonly name = computed(() => this.item().name || $localize`:@@media.kind.file:File`);
  protected readonly ending = computed(() => endingOf(this.item().name));
  protected readonly size = computed(() => this.item().media?.size ?? this.item().upload?.size ?? 0);
  protected readonly pages = computed(() => this.item().media?.pages ?? null);
  protected readonly isReady = computed(() => this.item().media?.state === 'ready');

  protected save(): void {
    void this.downloads.save(this.item().id);
  }
}

/** Returns what a name ends with, as people read it: PDF. */
export function endingOf(name: string): string {
  const ending = /\.([\p{L}\p{N}]+)$/u.exec(name)?.[1] ?? '';
  return ending.length <= LONGEST_ENDING ? ending.toUpperCase() : '';
}
