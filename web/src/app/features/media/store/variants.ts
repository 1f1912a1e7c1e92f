import { type Link, addressOf } from './links';
import type { Media } from './media-store';

type Variant = Media['variants'][number];

/** The smaller pictures of a media, the smallest first; of a film, of its poster. */
export function picturesOf(media: Media): Variant[] {
  const found = media.variants.filter((each) => /^(thumb_\d+|poster)\.webp$/.test(each.name) && each.width);
  return found.sort((a, b) => a.width! - b.width!);
}

/** Returns the `srcset` of a media's pictures; null where there is none yet. */
export function sourcesOf(media: Media, link: Link): string | null {
  const pictures = picturesOf(media);
  return pictures.length ? pictures.map((each) => `${addressOf(link, each.name)} ${each.width}w`).join(', ') : null;
}

/** Returns the smallest picture that is at least so wide, or the largest. */
export function pictureFor(media: Media, width: number): Variant | null {
  const pictures = picturesOf(media);
  return pictures.find((each) => each.width! >= width) ?? pictures[pictures.length - 1] ?? null;
}

/** A size that a film can be watched in. */
export interface Rendition {
  readonly name: string;
  /** Its shorter side, as people know it: 720. */
  readonly side: number;
}

/** The sizes of a film, the smallest first. */
export function renditionsOf(media: Media): Rendition[] {
  const found = media.variants.map((each) => ({ name: each.name, side: Number(/^video_(\d+)$/.exec(each.name)?.[1] ?? 0) }));
  return found.filter((each) => each.side > 0).sort((a, b) => a.side - b.side);
}

/** Whether what a person gets by the name `original` is a film, as moving pictures mostly are. */
export function isFilm(media: Media): boolean {
  const original = media.variants.find((each) => each.name === 'original');
  return (original?.mime ?? media.mime).startsWith('video/');
}
