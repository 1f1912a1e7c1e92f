import { ChangeDetectionStrategy, Component, computed, effect, inject, input } from '@angular/core';

import { Icon } from '@shared/icon';

import { isVisual } from '../store/kinds';
import { type MediaItem, injectItems } from '../store/media-item';
import { Viewing } from '../viewer/viewing';

import { Album } from './album';
import { FileCard } from './file-card';
import { VoicePlayer } from './voice-player';

/** What carries media: a message, or a post. */
export interface Carrier {
  readonly id: string;
  readonly media_ids: readonly string[];
  readonly created_at: string;
}

/** Everything that a message or post carries beside its text. */
@Component({
  selector: 'app-message-media',
  imports: [Album, FileCard, Icon, VoicePlayer],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'message-media', '[attr.data-kinds]': 'kinds()' },
  template: `
    @if (visual().length) {
      <app-album [items]="visual()" />
    }
    @for (item of others(); track item.id) {
      @switch (item.kind) {
        @case ('voice') {
          <app-voice-player [item]="item" />
        }
        @case ('unknown') {
          <span class="media-unknown" aria-hidden="true"></span>
        }
        @case ('gone') {
          <span class="media-gone"><app-icon name="ban" /><span i18n="@@media.gone">This file is not there any more</span></span>
        }
        @default {
          <app-file-card [item]="item" />
        }
      }
    }
  `,
})
export class MessageMedia {
  readonly message = input.required<Carrier>();

  private readonly items = injectItems(() => this.message().media_ids);
  protected readonly visual = computed(() => this.items().filter((each) => isShown(each)));
  protected readonly others = computed(() => this.items().filter((each) => !isShown(each)));
  /** For styles: what a bubble holds that has no text. */
  protected readonly kinds = computed(() => [...new Set(this.items().map((each) => each.kind))].join(' '));

  constructor() {
    const viewing = inject(Viewing);
    effect((onCleanup) => {
      const ids = this.visual().map((each) => each.id);
      const { id, created_at } = this.message();
      if (ids.length) onCleanup(viewing.offer({ id, createdAt: created_at, ids }));
    });
  }
}

function isShown({ kind, media }: MediaItem): boolean {
  return kind !== 'unknown' && kind !== 'gone' && isVisual(kind) && media?.state !== 'failed';
}
