import { ChangeDetectionStrategy, Component, computed, input, signal } from '@angular/core';

import { ThumbHashCanvas } from '../show/thumbhash-canvas';
import { HeldLink } from '../store/held-link';
import { addressOf } from '../store/links';
import type { MediaItem } from '../store/media-item';
import { isFilm, pictureFor } from '../store/variants';

const SMALL_WIDTH = 640;

/** One picture as large as the screen: first what is there already, then as sharp as it gets. */
@Component({
  selector: 'app-large',
  imports: [ThumbHashCanvas],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'large' },
  template: `
    @if (film(); as film) {
      <video class="large-picture is-loaded" [src]="film" [muted]="true" [autoplay]="!isStill" [controls]="isStill" loop playsinline [attr.aria-label]="item().name" (error)="held.failed()"></video>
    } @else {
      @if (item().media?.thumbhash; as hash) {
        <canvas class="large-hash" [appThumbHash]="hash" [style.aspect-ratio]="item().ratio"></canvas>
      }
      @if (small(); as small) {
        <img class="large-picture is-loaded" [src]="small" alt="" draggable="false" />
      }
      @if (large(); as large) {
        <img class="large-picture" [class.is-loaded]="loaded() === large" [src]="large" [alt]="item().name" decoding="async" draggable="false" (load)="loaded.set(large); held.loaded()" (error)="held.failed()" />
      }
    }
  `,
})
export class Large {
  readonly item = input.required<MediaItem>();
  readonly isEnlarged = input(false);

  protected readonly held = new HeldLink(() => this.item().id);
  protected readonly loaded = signal('');
  /** Somebody wants less motion: they start it themselves. */
  protected readonly isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
  protected readonly film = computed(() => {
    const { media, kind } = this.item();
    const link = this.held.link();
    return link && media && kind === 'animation' && isFilm(media) ? addressOf(link, 'original') : null;
  });
  protected readonly small = computed(() => this.address((media) => pictureFor(media, SMALL_WIDTH)?.name ?? 'original'));
  protected readonly large = computed(() =>
    this.address((media) => {
      const picture = pictureFor(media, Math.max(innerWidth, innerHeight) * devicePixelRatio);
      const isEnough = !!picture && Math.max(picture.width!, picture.height ?? 0) >= Math.min(innerWidth, innerHeight) * devicePixelRatio;
      return media.state !== 'ready' || (isEnough && !this.isEnlarged()) ? (picture?.name ?? 'original') : 'original';
    }),
  );

  private address(choose: (media: NonNullable<MediaItem['media']>) => string): string | null {
    const [media, link] = [this.item().media, this.held.link()];
    return media && link ? addressOf(link, choose(media)) : null;
  }
}
