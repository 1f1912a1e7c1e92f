import { type Signal, computed, effect, inject } from '@angular/core';

import type { Upload } from '../uploads/upload';
import { Uploads } from '../uploads/uploads';

import { type MediaKind, kindOf, kindOfType } from './kinds';
import { type Media, MediaStore } from './media-store';

/** One media of a message: what the server knows of it, and the upload that it comes from where that runs here. */
export interface MediaItem {
  readonly id: string;
  /** `unknown` until the server has answered; `gone` where there is nothing to be seen. */
  readonly kind: MediaKind | 'unknown' | 'gone';
  readonly media: Media | null;
  readonly upload: Upload | null;
  readonly name: string;
  /** Width by height, where they are known. */
  readonly ratio: number | null;
}

/** Returns the media of a message as they are now, in its order; asks for them while the component lives. */
export function injectItems(ids: () => readonly string[]): Signal<readonly MediaItem[]> {
  const store = inject(MediaStore);
  const uploads = inject(Uploads);
  // Messages are made anew by each change of them; their media are the same then.
  const key = computed(() => ids().join());
  const wanted = computed(() => key().split(',').filter(Boolean));
  effect((onCleanup) => onCleanup(store.watch(wanted())));
  return computed(() => wanted().map((id) => itemOf(id, store.of(id)(), uploads.forMedia(id) ?? null)));
}

export function itemOf(id: string, media: Media | null | undefined, upload: Upload | null): MediaItem {
  const name = media?.name || upload?.name || '';
  return { id, kind: shownAs(media, upload), media: media ?? null, upload, name, ratio: ratioOf(media, upload) };
}

/** Who sends a file knows its type; the server knows better once it has looked. */
function shownAs(media: Media | null | undefined, upload: Upload | null): MediaItem['kind'] {
  if (media === null && (!upload || upload.hasEnded())) return 'gone';
  if (upload && media?.state !== 'ready') return kindOfType(upload.type);
  return media ? kindOf(media) : 'unknown';
}

function ratioOf(media: Media | null | undefined, upload: Upload | null): number | null {
  if (media?.width && media.height) return media.width / media.height;
  const look = upload?.look();
  return look?.width && look.height ? look.width / look.height : null;
}
