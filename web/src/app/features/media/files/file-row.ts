import { ChangeDetectionStrategy, Component, computed, inject, input, output } from '@angular/core';

import { Icon } from '@shared/icon';
import { TimePipe } from '@shared/time';

import { MediaState } from '../show/media-state';
import { ThumbHashCanvas } from '../show/thumbhash-canvas';
import { Downloads } from '../store/downloads';
import { HeldLink } from '../store/held-link';
import { VOICE_NAME, isVisual, kindOf } from '../store/kinds';
import { addressOf } from '../store/links';
import { itemOf } from '../store/media-item';
import { type Media, MediaStore } from '../store/media-store';
import { pictureFor } from '../store/variants';
import { Uploads } from '../uploads/uploads';
import { Viewing } from '../viewer/viewing';
import { ClockPipe, SizePipe } from '../words/format';
import { iconOf, nameOf } from '../words/words';

const THUMB_WIDTH = 160;

/** One of one's own files in the list. */
@Component({
  selector: 'app-file-row',
  imports: [ClockPipe, Icon, MediaState, SizePipe, ThumbHashCanvas, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'file-line' },
  template: `
    <button #open type="button" class="file-thumb" [disabled]="!canView()" (click)="view(open)" aria-label="Open {{ name() }}" i18n-aria-label="@@media.open_named">
      @if (now().thumbhash; as hash) {
        <canvas [appThumbHash]="hash"></canvas>
      }
      @if (thumb(); as thumb) {
        <img [src]="thumb" alt="" loading="lazy" decoding="async" (load)="held.loaded()" (error)="held.failed()" />
      } @else {
        <app-icon [name]="icon()" />
      }
    </button>
    <span class="file-text">
      <span class="file-name">{{ name() }}</span>
      <span class="file-facts">
        @if (now().duration_s; as seconds) {
          {{ seconds | clock }} ·
        }
        {{ now().size | size }} · {{ now().created_at | time: 'list' }}
      </span>
      <app-media-state [item]="item()" form="line" />
    </span>
    <button type="button" class="icon-button" [disabled]="now().state !== 'ready'" (click)="save()" aria-label="Save {{ name() }}" i18n-aria-label="@@media.save_named"><app-icon name="download" /></button>
    <button type="button" class="icon-button" (click)="remove.emit(now())" aria-label="Delete {{ name() }}" i18n-aria-label="@@media.delete_named"><app-icon name="trash" /></button>
  `,
})
export class FileRow {
  readonly media = input.required<Media>();
  readonly remove = output<Media>();
  private readonly store = inject(MediaStore);
  private readonly uploads = inject(Uploads);
  private readonly downloads = inject(Downloads);
  private readonly viewing = inject(Viewing);

  protected readonly now = computed(() => this.store.of(this.media().id)() ?? this.media());
  protected readonly item = computed(() => itemOf(this.now().id, this.now(), this.uploads.forMedia(this.now().id) ?? null));
  protected readonly name = computed(() => {
    const { name } = this.now();
    return name && !name.startsWith(VOICE_NAME) ? name : nameOf(kindOf(this.now()));
  });
  protected readonly icon = computed(() => iconOf(kindOf(this.now())));
  protected readonly canView = computed(() => isVisual(kindOf(this.now())) && this.now().state === 'ready');
  private readonly picture = computed(() => pictureFor(this.now(), THUMB_WIDTH));
  protected readonly held = new HeldLink(() => (this.picture() ? this.now().id : null));
  protected readonly thumb = computed(() => {
    const [picture, link] = [this.picture(), this.held.link()];
    return picture && link ? addressOf(link, picture.name) : null;
  });

  protected view(opener: HTMLElement): void {
    void this.viewing.open(this.now().id, opener);
  }

  protected save(): void {
    void this.downloads.save(this.now().id);
  }
}
