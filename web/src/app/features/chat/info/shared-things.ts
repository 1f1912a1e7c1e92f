import { ChangeDetectionStrategy, Component, computed, effect, inject, input, signal, untracked } from '@angular/core';

import { Api } from '@core/api';
import { Skeleton } from '@shared/spinner';
import { Toasts } from '@shared/toast';

import { SharedMedia } from '../../media';

import { SharedLinks } from './shared-links';
import { SharedPages } from './shared-pages';

type Shown = 'visual' | 'others' | 'links';

/** What was sent in a conversation: its pictures and films, its other files, its links. */
@Component({
  selector: 'app-shared-things',
  imports: [SharedLinks, SharedMedia, Skeleton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'card shared-things' },
  template: `
    <fieldset class="file-kinds">
      <legend i18n="@@chat.shared">Shared here</legend>
      @for (each of kinds; track each.id) {
        <label class="file-kind">
          <input class="visually-hidden" type="radio" name="shared" [checked]="shown() === each.id" (change)="shown.set(each.id)" /><span>{{ each.name }}</span>
        </label>
      }
    </fieldset>
    @if (pages().messages(); as messages) {
      @switch (shown()) {
        @case ('links') {
          <app-shared-links [messages]="messages" />
        }
        @case ('visual') {
          <app-shared-media [show]="'visual'" [messages]="messages"><p class="muted" i18n="@@chat.shared.no_media">No photos or videos so far.</p></app-shared-media>
        }
        @default {
          <app-shared-media [show]="'others'" [messages]="messages"><p class="muted" i18n="@@chat.shared.no_files">No files so far.</p></app-shared-media>
        }
      }
      @if (pages().hasMore()) {
        <button type="button" class="button is-quiet" (click)="more()" i18n="@@chat.shared.more">Show more</button>
      }
    } @else {
      <app-skeleton />
    }
  `,
})
export class SharedThings {
  readonly conversationId = input.required<string>();
  private readonly api = inject(Api);
  private readonly toasts = inject(Toasts);
  protected readonly kinds: readonly { id: Shown; name: string }[] = [
    { id: 'visual', name: $localize`:@@chat.shared.media:Photos and videos` },
    { id: 'others', name: $localize`:@@chat.shared.files:Files` },
    { id: 'links', name: $localize`:@@chat.shared.links:Links` },
  ];
  protected readonly shown = signal<Shown>('visual');
  private readonly media = computed(() => new SharedPages(this.api, this.conversationId(), 'media'));
  private readonly links = computed(() => new SharedPages(this.api, this.conversationId(), 'links'));
  protected readonly pages = computed(() => (this.shown() === 'links' ? this.links() : this.media()));

  constructor() {
    effect(() => {
      const pages = this.pages();
      untracked(() => pages.messages() ?? void this.more());
    });
  }

  protected async more(): Promise<void> {
    const pages = this.pages();
    await pages.more().catch((error: unknown) => this.toasts.fail(error));
  }
}
