import { Injectable, Injector, type Signal, type WritableSignal, effect, inject, signal, untracked } from '@angular/core';
import { toObservable } from '@angular/core/rxjs-interop';
import { filter, firstValueFrom, map } from 'rxjs';

import { Api } from '@core/api';
import type { ServerFrame } from '@core/frames';
import { Live } from '@core/live';
import { Session } from '@core/session';
import type { Schemas } from '@core/wire';

import { Batch } from './batch';
import { KnownMedia } from './known-media';

export type Media = Schemas['MediaView'];

/** Whether a message's media may be shown is decided moments after it arrived; who looks at once asks again. */
const AGAIN_MS = [400, 1_200, 3_000, 8_000];
/** What is being processed is asked for anew, should its frame have been lost. */
const UNSETTLED_MS = 20_000;

/** What is known of media: asked for in batches, kept up to date by the live path. */
@Injectable({ providedIn: 'root' })
export class MediaStore {
  private readonly api = inject(Api);
  private readonly injector = inject(Injector);
  private readonly known = new Map<string, WritableSignal<Media | null | undefined>>();
  private readonly kept = inject(KnownMedia);
  private readonly asked = new Map<string, number>();
  private readonly watched = new Map<string, number>();
  private readonly removed = new Set<string>();
  private readonly batch = new Batch((ids) => this.lookUp(ids));

  constructor() {
    const live = inject(Live);
    const session = inject(Session);
    live.frames.subscribe((frame) => this.hear(frame));
    live.ready.subscribe(() => this.askForUnsettled());
    setInterval(() => this.askForUnsettled(), UNSETTLED_MS);
    effect(() => {
      session.me();
      if (!session.isSignedIn()) untracked(() => this.forget());
    });
  }

  /** A media; undefined while it is not known, null when there is none that one may see. */
  of(id: string): Signal<Media | null | undefined> {
    return this.entry(id).asReadonly();
  }

  /** Asks for those that are not known, and keeps them up to date until the answer is called. */
  watch(ids: readonly string[]): () => void {
    ids.forEach((id) => this.watched.set(id, (this.watched.get(id) ?? 0) + 1));
    void this.kept.load().then((kept) => {
      ids.filter((id) => untracked(this.entry(id)) === undefined).forEach((id) => this.take(kept.get(id), id));
    });
    return () => ids.forEach((id) => this.unwatch(id));
  }

  /** Waits until a media is ready or has failed; null where there is none that one may see. */
  async settled(id: string): Promise<Media | null> {
    const unwatch = this.watch([id]);
    const known = toObservable(this.entry(id), { injector: this.injector });
    return firstValueFrom(known.pipe(filter((media) => media !== undefined && !isUnsettled(media)), map((media) => media ?? null))).finally(unwatch);
  }

  /** Takes over what a call answered or a frame said, unless something newer came before it: they overtake each other. */
  learn(media: Media): void {
    const known = untracked(this.entry(media.id));
    if (this.removed.has(media.id) || (known && known.ver > media.ver)) return;
    this.entry(media.id).set(media);
    this.kept.learn(media);
  }

  /** There is no such media any more. */
  lose(id: string): void {
    this.entry(id).set(null);
    this.kept.lose(id);
  }

  /** Asks for one anew. */
  refresh(id: string): void {
    this.batch.add(id);
  }

  private take(kept: Media | undefined, id: string): void {
    if (kept) this.entry(id).set(kept);
    else this.batch.add(id);
  }

  private async lookUp(ids: string[]): Promise<void> {
    const { items } = await this.api.ask((http) => http.POST('/v1/media/lookup', { body: { ids } }));
    items.forEach((each) => (this.asked.delete(each.id), this.learn(each)));
    const found = new Set(items.map((each) => each.id));
    ids.filter((id) => !found.has(id)).forEach((id) => this.askAgain(id));
  }

  private askAgain(id: string): void {
    const times = this.asked.get(id) ?? 0;
    const wait = AGAIN_MS[times];
    this.asked.set(id, times + 1);
    if (wait === undefined) this.lose(id);
    else setTimeout(() => this.batch.add(id), wait);
  }

  private hear(frame: ServerFrame): void {
    if (frame.t !== 'media_event' && frame.t !== 'user_event') return;
    if (frame.type === 'media.changed') this.learn(frame.data as Media);
    if (frame.type === 'media.removed') this.remove((frame.data as { id: string }).id);
  }

  private remove(id: string): void {
    this.removed.add(id);
    this.lose(id);
  }

  private askForUnsettled(): void {
    for (const id of this.watched.keys()) {
      const media = untracked(this.entry(id));
      if (media && isUnsettled(media)) this.batch.add(id);
    }
  }

  private unwatch(id: string): void {
    const left = (this.watched.get(id) ?? 0) - 1;
    if (left > 0) this.watched.set(id, left);
    else this.watched.delete(id);
  }

  private entry(id: string): WritableSignal<Media | null | undefined> {
    const found = this.known.get(id) ?? signal<Media | null | undefined>(undefined);
    this.known.set(id, found);
    return found;
  }

  private forget(): void {
    this.known.forEach((each) => each.set(undefined));
    this.asked.clear();
    this.removed.clear();
    this.kept.forget();
  }
}

function isUnsettled(media: Media | null): boolean {
  return media !== null && media.state !== 'ready' && media.state !== 'failed';
}
