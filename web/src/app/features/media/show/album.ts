import { ChangeDetectionStrategy, Component, computed, input, linkedSignal } from '@angular/core';

import type { MediaItem } from '../store/media-item';

import { Tile } from './tile';

/** What has a tile; the others are seen in the viewer. */
const MOST_TILES = 4;
const USUAL_RATIO = 4 / 3;
/** Taller or wider ones are cut off here, and seen whole in the viewer. */
const TALLEST_RATIO = 9 / 16;
const WIDEST_RATIO = 21 / 9;
/** The sizes of media.css, in CSS pixels. */
const WIDTH = 340;
const HEIGHT = 380;

/** Pictures and films of one message: one in its own shape, several in a mosaic. */
@Component({
  selector: 'app-album',
  imports: [Tile],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'album', '[attr.data-count]': 'shown().length', '[style.--ratio]': 'ratio()' },
  template: `
    @for (item of shown(); track item.id; let last = $last) {
      <app-media-tile [item]="item" [width]="width()" [more]="last ? more() : 0" />
    }
  `,
})
export class Album {
  readonly items = input.required<readonly MediaItem[]>();

  protected readonly shown = computed(() => this.items().slice(0, MOST_TILES));
  protected readonly more = computed(() => this.items().length - this.shown().length);
  /** A shape that was once shown stays, so that nothing jumps when more is known of a picture. */
  protected readonly ratio = linkedSignal<MediaItem | undefined, number>({
    source: () => this.items()[0],
    computation: (item, before) => {
      const wanted = Math.min(WIDEST_RATIO, Math.max(TALLEST_RATIO, item?.ratio ?? USUAL_RATIO));
      const isOwn = !!item?.upload && before?.source?.ratio === null;
      return before && before.source?.id === item?.id && !isOwn ? before.value : wanted;
    },
  });
  protected readonly width = computed(() => Math.round(this.shown().length > 1 ? WIDTH / 2 : Math.min(WIDTH, HEIGHT * this.ratio())));
}
