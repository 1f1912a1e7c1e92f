import { plainWords } from '../text/plain-words';

export interface Part {
  readonly text: string;
  readonly isHit: boolean;
}

const BEFORE = 40;
const LONGEST = 220;

/** Returns the part of a text around the first word that was looked for, with those words marked. */
export function highlighted(text: string, query: string): readonly Part[] {
  const wanted = plainWords(query).split(' ').filter(Boolean).map(stemOf);
  const line = text.replace(/\s+/gu, ' ').trim();
  const parts = line.split(/([\p{L}\p{N}\p{M}]+)/u).map((part) => ({ text: part, isHit: isHit(part, wanted) }));
  return joined(clipped(parts));
}

/** The server finds other forms of a word too: "casa" finds "casas". */
function stemOf(word: string): string {
  return word.length > 4 ? word.slice(0, Math.max(4, word.length - 2)) : word;
}

function isHit(part: string, wanted: readonly string[]): boolean {
  const plain = plainWords(part).trim();
  return plain !== '' && wanted.some((word) => plain.startsWith(word));
}

/** Begins a little before the first hit, and ends where a result is long enough. */
function clipped(parts: readonly Part[]): Part[] {
  const first = parts.findIndex((each) => each.isHit);
  let from = Math.max(0, first);
  for (let room = BEFORE; from > 0 && room > 0; from--) room -= parts[from - 1]!.text.length;
  let left = LONGEST;
  const shown = parts.slice(from).filter((each) => (left -= each.text.length) > -each.text.length);
  return [
    ...(from > 0 ? [{ text: '…', isHit: false }] : []),
    ...shown,
    ...(left < 0 ? [{ text: '…', isHit: false }] : []),
  ];
}

function joined(parts: readonly Part[]): Part[] {
  const done: Part[] = [];
  for (const part of parts) {
    const last = done.at(-1);
    if (last && last.isHit === part.isHit) done[done.length - 1] = { ...last, text: last.text + part.text };
    else if (part.text) done.push(part);
  }
  return done;
}
