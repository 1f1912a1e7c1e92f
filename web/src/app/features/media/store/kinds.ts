import type { Media } from './media-store';

export type MediaKind = Media['kind'];

/** Returns what a file will probably be shown as; the server decides by its content. */
export function kindOfType(type: string): MediaKind {
  if (type === 'image/gif') return 'animation';
  if (/^image\/(jpeg|png|webp|avif)$/.test(type)) return 'picture';
  if (/^video\/(mp4|quicktime|webm|x-matroska|x-m4v)$/.test(type)) return 'video';
  if (type.startsWith('audio/')) return 'voice';
  return type === 'application/pdf' ? 'document' : 'file';
}

/** Returns what a media is shown as: until it was looked at, what it says it is. */
export function kindOf(media: Media): MediaKind {
  const isKnown = media.state === 'ready' || media.kind !== 'file';
  return isKnown ? media.kind : kindOfType(media.mime.split(';')[0]!);
}

/** Whether it is shown in an album, and in the viewer. */
export function isVisual(kind: MediaKind): boolean {
  return kind === 'picture' || kind === 'animation' || kind === 'video';
}
