import { ChangeDetectionStrategy, Component, computed, inject, input, signal } from '@angular/core';

import { Icon } from '@shared/icon';

import { HeldLink } from '../store/held-link';
import { addressOf } from '../store/links';
import type { MediaItem } from '../store/media-item';
import { isFilm, pictureFor, sourcesOf } from '../store/variants';
import { Viewing } from '../viewer/viewing';
import { ClockPipe } from '../words/format';
import { nameOf } from '../words/words';

import { MediaState } from './media-state';
import { Moving } from './moving';
import { ThumbHashCanvas } from './thumbhash-canvas';

/** A picture, film or moving picture in a message. Its box has its size before anything of it has come. */
@Component({
  selector: 'app-media-tile',
  imports: [ClockPipe, Icon, MediaState, Moving, ThumbHashCanvas],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'media-tile' },
  templateUrl: './tile.html',
})
export class Tile {
  readonly item = input.required<MediaItem>();
  /** How wide it is shown, in CSS pixels. */
  readonly width = input.required<number>();
  /** How many more there are that have no tile. */
  readonly more = input(0);
  private readonly viewing = inject(Viewing);

  protected readonly hasPictures = computed(() => (this.item().media?.variants.length ?? 0) > 0);
  protected readonly held = new HeldLink(() => (this.hasPictures() ? this.item().id : null));
  protected readonly isLoaded = signal(false);
  protected readonly sources = computed(() => {
    const [media, link] = [this.item().media, this.held.link()];
    return media && link ? sourcesOf(media, link) : null;
  });
  protected readonly source = computed(() => {
    const [media, link] = [this.item().media, this.held.link()];
    const picture = media && pictureFor(media, this.width());
    return picture && link ? addressOf(link, picture.name) : null;
  });
  protected readonly moving = computed(() => {
    const { kind, media } = this.item();
    const link = this.held.link();
    return kind === 'animation' && media?.state === 'ready' && link && isFilm(media) ? addressOf(link, 'original') : null;
  });
  protected readonly canOpen = computed(() => {
    const { kind, media } = this.item();
    return !!media && this.hasPictures() && (kind === 'picture' || media.state === 'ready');
  });
  protected readonly seconds = computed(() => this.item().media?.duration_s ?? this.item().upload?.look()?.durationS ?? null);
  protected readonly label = computed(() => {
    const { kind, name } = this.item();
    if (this.more() > 0) return $localize`:@@media.more_named:${this.more()}:count: more`;
    return kind === 'unknown' || kind === 'gone' ? name : [nameOf(kind), name].filter(Boolean).join(': ');
  });

  protected open(opener: HTMLElement): void {
    void this.viewing.open(this.item().id, opener);
  }

  protected loaded(): void {
    this.held.loaded();
    this.isLoaded.set(true);
  }
}
