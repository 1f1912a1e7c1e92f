import { ChangeDetectionStrategy, Component, ElementRef, computed, inject, input, linkedSignal, viewChild } from '@angular/core';

import { Playback } from '../show/playback';
import { HeldLink } from '../store/held-link';
import { addressOf } from '../store/links';
import type { MediaItem } from '../store/media-item';
import { type Rendition, pictureFor, renditionsOf } from '../store/variants';

const KEY = 'charla.film-side';
const POSTER_WIDTH = 1280;
const LARGE_SCREEN_PX = 1_000;

/** A film with the browser's own controls, in the size that fits the screen and the network, or that somebody chose. */
@Component({
  selector: 'app-film',
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'film' },
  template: `
    <video #film class="film-picture" controls autoplay playsinline [attr.poster]="poster()" [attr.src]="source()" [attr.aria-label]="item().name" (play)="playback.begin(film)" (loadedmetadata)="onLoaded(film)" (error)="onError(film)"></video>
    @if (renditions().length > 1) {
      <label class="film-quality">
        <span i18n="@@media.quality">Quality</span>
        <select #select (change)="choose(select.value)">
          @for (each of renditions(); track each.name) {
            <option [value]="each.name" [selected]="each.name === quality()?.name">{{ each.side }}p</option>
          }
        </select>
      </label>
    }
  `,
})
export class Film {
  readonly item = input.required<MediaItem>();
  protected readonly playback = inject(Playback);
  protected readonly held = new HeldLink(() => this.item().id);
  private readonly element = viewChild.required<ElementRef<HTMLVideoElement>>('film');

  protected readonly renditions = computed(() => (this.item().media ? renditionsOf(this.item().media!) : []));
  protected readonly quality = linkedSignal<readonly Rendition[], Rendition | null>({
    source: this.renditions,
    computation: (found, before) => found.find((each) => each.name === before?.value?.name) ?? fitting(found),
  });
  protected readonly source = computed(() => {
    const [media, link] = [this.item().media, this.held.link()];
    return media?.state === 'ready' && link ? addressOf(link, this.quality()?.name ?? 'original') : null;
  });
  protected readonly poster = computed(() => {
    const [media, link] = [this.item().media, this.held.link()];
    const picture = media && pictureFor(media, POSTER_WIDTH);
    return picture && link ? addressOf(link, picture.name) : null;
  });
  /** Where to go on after the address has changed. */
  private goOn: { at: number; isPaused: boolean } | null = null;

  protected choose(name: string): void {
    const chosen = this.renditions().find((each) => each.name === name);
    if (!chosen || chosen === this.quality()) return;
    localStorage.setItem(KEY, String(chosen.side));
    this.remember(this.element().nativeElement);
    this.quality.set(chosen);
  }

  protected onLoaded(film: HTMLVideoElement): void {
    this.held.loaded();
    if (!this.goOn) return;
    film.currentTime = this.goOn.at;
    if (this.goOn.isPaused) film.pause();
    this.goOn = null;
  }

  protected onError(film: HTMLVideoElement): void {
    if (!this.source()) return;
    this.remember(film);
    this.held.failed();
  }

  private remember(film: HTMLVideoElement): void {
    this.goOn = { at: film.currentTime, isPaused: film.paused };
  }
}

/** Returns the size that somebody chose last, or that fits their screen and what their network says of itself. */
function fitting(renditions: readonly Rendition[]): Rendition | null {
  const most = Number(localStorage.getItem(KEY)) || (isThrifty() ? 360 : Math.min(innerWidth, innerHeight) * devicePixelRatio >= LARGE_SCREEN_PX ? 1080 : 720);
  return [...renditions].reverse().find((each) => each.side <= most) ?? renditions[0] ?? null;
}

function isThrifty(): boolean {
  const { connection } = navigator as { connection?: { saveData?: boolean; effectiveType?: string } };
  return connection?.saveData === true || /2g|3g/.test(connection?.effectiveType ?? '');
}
