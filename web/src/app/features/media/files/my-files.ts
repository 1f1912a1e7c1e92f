import { ChangeDetectionStrategy, Component, computed, effect, inject, signal, untracked } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Api } from '@core/api';
import { Language } from '@core/language';
import type { Schemas } from '@core/wire';
import { Announcer } from '@shared/announcer';
import { Dialog } from '@shared/dialog';
import { Empty } from '@shared/empty';
import { Icon } from '@shared/icon';
import { Skeleton } from '@shared/spinner';
import { Toasts } from '@shared/toast';

import type { MediaKind } from '../store/kinds';
import { type Media, MediaStore } from '../store/media-store';
import { sizeText } from '../words/format';

import { FileRow } from './file-row';

/** Everything that one has uploaded, how much room it takes, and a way to be rid of it. */
@Component({
  selector: 'app-my-files',
  imports: [Dialog, Empty, FileRow, Icon, RouterLink, Skeleton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'pane-page' },
  templateUrl: './my-files.html',
})
export class MyFiles {
  private readonly api = inject(Api);
  private readonly store = inject(MediaStore);
  private readonly toasts = inject(Toasts);
  private readonly announcer = inject(Announcer);
  private readonly language = inject(Language).current;

  protected readonly kinds: readonly { id: MediaKind | null; name: string }[] = [
    { id: null, name: $localize`:@@media.files.all:All` },
    { id: 'picture', name: $localize`:@@media.files.pictures:Photos` },
    { id: 'video', name: $localize`:@@media.files.videos:Videos` },
    { id: 'voice', name: $localize`:@@media.files.voices:Sounds` },
    { id: 'document', name: $localize`:@@media.files.documents:Documents` },
    { id: 'file', name: $localize`:@@media.files.others:Other files` },
  ];
  protected readonly kind = signal<MediaKind | null>(null);
  protected readonly items = signal<readonly Media[] | null>(null);
  protected readonly next = signal<string | null>(null);
  protected readonly isLoading = signal(false);
  protected readonly quota = signal<Schemas['QuotaView'] | null>(null);
  protected readonly leaving = signal<Media | null>(null);
  protected readonly isAsking = signal(false);
  protected readonly share = computed(() => {
    const quota = this.quota();
    return quota ? (quota.used_bytes + quota.reserved_bytes) / Math.max(1, quota.limit_bytes) : 0;
  });
  protected readonly room = computed(() => {
    const quota = this.quota();
    if (!quota) return '';
    const [used, limit] = [quota.used_bytes + quota.reserved_bytes, quota.limit_bytes].map((each) => sizeText(each, this.language));
    return $localize`:@@media.files.room:${used}:used: of ${limit}:limit: used`;
  });

  constructor() {
    effect(() => {
      const kind = this.kind();
      untracked(() => void this.begin(kind));
    });
    void this.measure();
  }

  protected async more(): Promise<void> {
    await this.load(this.kind(), this.next());
  }

  protected ask(media: Media): void {
    this.leaving.set(media);
    this.isAsking.set(true);
  }

  protected async remove(): Promise<void> {
    const media = this.leaving();
    this.isAsking.set(false);
    if (!media) return;
    try {
      await this.api.ask((http) => http.DELETE('/v1/media/{media_id}', { params: { path: { media_id: media.id } } }));
      this.items.update((items) => items && items.filter((each) => each.id !== media.id));
      this.store.lose(media.id);
      this.announcer.say($localize`:@@media.removed_named:${media.name}:name: was removed`);
      await this.measure();
    } catch (error) {
      this.toasts.fail(error);
    }
  }

  private async begin(kind: MediaKind | null): Promise<void> {
    this.items.set(null);
    this.next.set(null);
    await this.load(kind, null);
  }

  private async load(kind: MediaKind | null, after: string | null): Promise<void> {
    this.isLoading.set(true);
    try {
      const query = { ...(kind && { kind }), ...(after && { after }) };
      const page = await this.api.ask((http) => http.GET('/v1/media', { params: { query } }));
      if (kind !== this.kind()) return; // somebody chose another kind meanwhile
      page.items.forEach((each) => this.store.learn(each));
      this.items.update((items) => [...(after ? (items ?? []) : []), ...page.items]);
      this.next.set(page.next ?? null);
    } catch (error) {
      this.toasts.fail(error, { label: $localize`:@@media.retry:Try again`, run: () => void this.load(kind, after) });
    } finally {
      this.isLoading.set(false);
    }
  }

  private async measure(): Promise<void> {
    this.quota.set(await this.api.ask((http) => http.GET('/v1/media/quota')).catch(() => this.quota()));
  }
}
