import { computed, signal } from '@angular/core';

import type { ProblemError } from '@core/problem';

/** How a file looks on this device, before the server has anything of it to show. */
export interface LocalLook {
  /** An object URL of a small picture. */
  readonly url: string | null;
  readonly width: number;
  readonly height: number;
  readonly durationS: number | null;
  /** Of a voice message: 0 to 100 for equal stretches. */
  readonly waveform: readonly number[] | null;
}

/**
 * `beginning` until the server has given it an id, then `waiting` for its turn and `sending`. `broken` goes on by
 * itself; `needs-file` when the same file is chosen again. `sent`, `failed` and `cancelled` are ends.
 */
export type UploadPhase =
  | 'beginning'
  | 'waiting'
  | 'sending'
  | 'paused'
  | 'broken'
  | 'needs-file'
  | 'sent'
  | 'failed'
  | 'cancelled';

const ENDS: readonly UploadPhase[] = ['sent', 'failed', 'cancelled'];

/** One file on its way to the server. Only `Uploads` changes it. */
export class Upload {
  readonly phase = signal<UploadPhase>('beginning');
  readonly sentBytes = signal(0);
  /** Why it failed, or what it waits for. */
  readonly problem = signal<ProblemError | null>(null);
  /** The id of the media that it becomes; null until the server has answered. */
  readonly mediaId = signal<string | null>(null);
  readonly look = signal<LocalLook | null>(null);
  /** Whether a message that carries it was sent. */
  readonly announced = signal(false);
  /** Whether it goes into a message of its own, and so is not shown with the files that were chosen. */
  readonly isApart = signal(false);

  readonly percent = computed(() => (this.size > 0 ? Math.floor((this.sentBytes() * 100) / this.size) : 0));
  readonly hasEnded = computed(() => ENDS.includes(this.phase()));

  constructor(
    readonly id: string,
    readonly place: string,
    readonly name: string,
    readonly type: string,
    readonly size: number,
  ) {}
}

/** Returns what tells a file again that is chosen a second time. */
export function fingerprintOf(file: File): string {
  return [file.name, file.size, file.type, file.lastModified].join('|');
}
