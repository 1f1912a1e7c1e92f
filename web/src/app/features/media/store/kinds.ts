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

/** How the names of recorded messages begin; other sounds are shown with their names. */
export const VOICE_NAME = 'voice-message-';

/** Returns what a media is shown as: until it was looked at, what it says it is. */
export function kindOf(media: Media): MediaKind {
  const isKnown = media.state === 'ready' || media.kind !== 'file';
  // Whether a film's container holds sound alone is seen when it is opened.
  if (media.state !== 'ready' && media.name.startsWith(VOICE_NAME)) return 'voice';
  return isKnown ? media.kind : kindOfType(media.mime.split(';')[0]!);
}

/** Whether it is shown in an album, and in the viewer. */
export function isVisual(kind: MediaKind): boolean {
  return kind === 'picture' || kind === 'animation' || kind === 'video';
}
