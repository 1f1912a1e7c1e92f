import type { ProblemError } from '@core/problem';
import { wordsFor } from '@core/words';

import type { MediaKind } from '../store/kinds';

/** Why the server could not take a file, for those reasons that are told nowhere else. */
const REASONS: Readonly<Record<string, () => string>> = {
  media_ambiguous: () => $localize`:@@media.reason.ambiguous:That file is two things at once, which is not safe to show.`,
  picture_too_large: () => $localize`:@@media.reason.picture_too_large:That picture has too many pixels. Make it smaller and send it again.`,
  video_too_large: () => $localize`:@@media.reason.video_too_large:That video has a larger picture than 4K. Make it smaller and send it again.`,
  media_too_long: () => $localize`:@@media.reason.too_long:That is too long: a video or sound may last 4 hours, a moving picture one minute.`,
  media_too_costly: () => $localize`:@@media.reason.too_costly:That file takes too much work to show. Save it in another format and send it again.`,
  processing_failed: () => $localize`:@@media.reason.processing_failed:Charla could not prepare this file.`,
  media_gone: () => $localize`:@@media.reason.gone:Nothing of that file was kept. Send it again.`,
  unknown_upload: () => $localize`:@@media.reason.unknown_upload:That file is not being sent any more. Send it again.`,
};

/** Returns why a media failed. */
export function reasonOf(code: string | null | undefined): string {
  return REASONS[code ?? '']?.() ?? wordsFor({ code: code ?? 'unknown', status: 400 });
}

/** Returns why an upload failed. */
export function wordsOf(problem: ProblemError | null): string {
  return REASONS[problem?.code ?? '']?.() ?? problem?.words ?? reasonOf(null);
}

/** Whether the server may do better with the same bytes. */
export function mayRetry(code: string | null): boolean {
  return code === 'processing_failed';
}

/** Returns what one media of a kind is called. */
export function nameOf(kind: MediaKind): string {
  const names: Record<MediaKind, () => string> = {
    picture: () => $localize`:@@media.kind.picture:Photo`,
    animation: () => $localize`:@@media.kind.animation:Moving picture`,
    video: () => $localize`:@@media.kind.video:Video`,
    voice: () => $localize`:@@media.kind.voice:Voice message`,
    document: () => $localize`:@@media.kind.document:Document`,
    file: () => $localize`:@@media.kind.file:File`,
  };
  return names[kind]();
}

/** Returns the icon that stands for a kind. */
export function iconOf(kind: MediaKind): string {
  return { picture: 'image', animation: 'image', video: 'video', voice: 'mic', document: 'file', file: 'file' }[kind];
}
