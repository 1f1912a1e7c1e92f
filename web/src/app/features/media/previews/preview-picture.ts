import { ChangeDetectionStrategy, Component, computed, effect, inject, input } from '@angular/core';

import { HeldLink } from '../store/held-link';
import { addressOf } from '../store/links';
import { injectItems } from '../store/media-item';
import { MediaStore } from '../store/media-store';
import { pictureFor } from '../store/variants';

/** How wide it is shown on a sharp screen, in pixels. */
const WIDTH = 640;
/** Nobody tells of it when it is ready, so it is asked for a few times. */
const AGAIN_MS = [700, 1_500, 4_000, 10_000];

/** The picture of a web page, once our own server has it. */
@Component({
  selector: 'app-preview-picture',
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'link-preview-picture', '[hidden]': '!source()' },
  template: `
    @if (source(); as source) {
      <img [src]="source" alt="" loading="lazy" decoding="async" (load)="held.loaded()" (error)="held.failed()" />
    }
  `,
})
export class PreviewPicture {
  /** The media's id. */
  readonly media = input.required<string>();
  private readonly items = injectItems(() => [this.media()]);
  private readonly picture = computed(() => {
    const media = this.items()[0]?.media;
    return media ? pictureFor(media, WIDTH) : null;
  });
  protected readonly held = new HeldLink(() => (this.picture() ? this.media() : null));
  protected readonly source = computed(() => {
    const [picture, link] = [this.picture(), this.held.link()];
    return picture && link ? addressOf(link, picture.name) : null;
  });

  constructor() {
    const store = inject(MediaStore);
    const isAwaited = computed(() => !!this.items()[0]?.media && !this.picture());
    effect((onCleanup) => {
      const id = this.media();
      if (!isAwaited()) return;
      const timers = AGAIN_MS.map((ms) => setTimeout(() => store.refresh(id), ms));
      onCleanup(() => timers.forEach((each) => clearTimeout(each)));
    });
  }
}
