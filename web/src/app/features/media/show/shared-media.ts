import { ChangeDetectionStrategy, Component, computed, effect, inject, input } from '@angular/core';

import { isVisual } from '../store/kinds';
import { type MediaItem, injectItems } from '../store/media-item';
import { Viewing } from '../viewer/viewing';

import { FileCard } from './file-card';
import type { Carrier } from './message-media';
import { Tile } from './tile';
import { VoicePlayer } from './voice-player';

/** How wide a tile of the grid is, as in media.css; CSS pixels. */
const TILE = 128;

/** What several messages carry, without their texts: pictures and films in a grid, or everything else in a list. */
@Component({
  selector: 'app-shared-media',
  imports: [FileCard, Tile, VoicePlayer],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'shared-media', '[attr.data-show]': 'show()' },
  template: `
    @for (item of shown(); track item.id) {
      @if (show() === 'visual') {
        <app-media-tile [item]="item" [width]="tile" />
      } @else if (item.kind === 'voice') {
        <app-voice-player [item]="item" />
      } @else {
        <app-file-card [item]="item" />
      }
    }
    @if (!isAsking() && !shown().length) {
      <ng-content />
    }
  `,
})
export class SharedMedia {
  /** The newest last. */
  readonly messages = input.required<readonly Carrier[]>();
  readonly show = input.required<'visual' | 'others'>();

  protected readonly tile = TILE;
  private readonly items = injectItems(() => this.messages().flatMap((each) => each.media_ids));
  protected readonly isAsking = computed(() => this.items().some((each) => each.kind === 'unknown'));
  /** The newest first; what is gone or not known yet is left out. */
  protected readonly shown = computed(() => {
    const isVisible = (each: MediaItem) => each.kind !== 'unknown' && each.kind !== 'gone';
    const fits = (each: MediaItem) => (isVisual(each.kind as 'picture') && each.media?.state !== 'failed') === (this.show() === 'visual');
    return this.items().filter((each) => isVisible(each) && fits(each)).reverse();
  });

  constructor() {
    const viewing = inject(Viewing);
    effect((onCleanup) => {
      if (this.show() !== 'visual') return;
      const ids = new Set(this.shown().map((each) => each.id));
      for (const { id, created_at, media_ids } of this.messages()) {
        const seen = media_ids.filter((each) => ids.has(each));
        if (seen.length) onCleanup(viewing.offer({ id, createdAt: created_at, ids: seen }));
      }
    });
  }
}
