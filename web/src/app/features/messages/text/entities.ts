import type { Schemas } from '@core/wire';

export type Entity = Schemas['EntityView'];
export type EntityType = Entity['type'];
/** One as people write them: a `command` is the server's word for who answers it. */
export type WrittenEntity = Omit<Entity, 'type'> & { readonly type: Exclude<EntityType, 'command'> };

/** A text and what in it is bold, a link, somebody's name … as the wire API has it. */
export interface Formatted {
  readonly text: string;
  readonly entities: readonly Entity[];
}

/** The same, as it is sent. */
export interface Written extends Formatted {
  readonly entities: readonly WrittenEntity[];
}

/** What a bubble shows; of a channel's post only the first two are there. */
export type Content = Formatted &
  Partial<Omit<Schemas['MessageView'], 'text' | 'entities' | 'seq'>> & { seq?: number | null };

/** A piece of a text: plain, or a stretch with more pieces in it. */
export type Piece = string | Stretch;
export interface Stretch {
  readonly entity: Entity;
  readonly pieces: readonly Piece[];
}

/** From the outside in. What is monospaced takes nothing else in; the others nest in this order. */
const NESTING: readonly EntityType[] = ['pre', 'spoiler', 'link', 'mention', 'command', 'bold', 'italic', 'strike', 'code'];

/**
 * Takes a text apart by its entities, whose offsets and lengths count Unicode code points.
 *
 * Whatever strangers send comes out as a tree of at most `NESTING.length` levels that holds every
 * character once: entities may overlap, repeat, lie outside the text or make no sense.
 */
export function piecesOf({ text, entities }: Formatted): readonly Piece[] {
  if (entities.length === 0) return text ? [text] : [];
  const toUnit = unitsByCodePoint(text);
  const spans = entities.map((entity) => spanOf(entity, toUnit)).filter((span) => span.from < span.to);
  spans.sort((a, b) => a.from - b.from || b.to - a.to);
  const cuts = [...new Set([0, text.length, ...spans.flatMap(({ from, to }) => [from, to])])].sort((a, b) => a - b);
  const runs = cuts
    .slice(0, -1)
    .map((from, at) => ({ text: text.slice(from, cuts[at + 1]), within: covering(spans, from) }));
  return nest(runs, 0);
}

interface Span {
  readonly entity: Entity;
  readonly from: number;
  readonly to: number;
}
interface Run {
  readonly text: string;
  readonly within: readonly Entity[];
}

function spanOf(entity: Entity, toUnit: (codePoint: number) => number): Span {
  return { entity, from: toUnit(entity.offset), to: toUnit(entity.offset + entity.length) };
}

/** Returns the entities around a place, the outermost first: one of a kind, and nothing to press inside of another. */
function covering(spans: readonly Span[], place: number): readonly Entity[] {
  const here = spans.filter(({ from, to }) => from <= place && place < to);
  const found = NESTING.map((type) => here.find(({ entity }) => entity.type === type)?.entity).filter(
    (each) => each !== undefined,
  );
  if (found[0]?.type === 'pre') return [found[0]];
  const link = found.find(({ type }) => type === 'link');
  return link ? found.filter(({ type }) => type !== 'mention') : found;
}

/** Joins neighbours that lie in the same entity, level by level. */
function nest(runs: readonly Run[], level: number): readonly Piece[] {
  const pieces: Piece[] = [];
  for (let at = 0; at < runs.length;) {
    const entity = runs[at]!.within[level];
    let end = at + 1;
    while (end < runs.length && runs[end]!.within[level] === entity) end++;
    const inside = runs.slice(at, end);
    if (entity) pieces.push({ entity, pieces: nest(inside, level + 1) });
    else pieces.push(inside.map((run) => run.text).join(''));
    at = end;
  }
  return pieces.filter((piece) => piece !== '');
}

/** Returns a function from code points to UTF-16 units, for places in and beyond `text`. */
function unitsByCodePoint(text: string): (codePoint: number) => number {
  const clipped = (place: number, most: number) =>
    Number.isFinite(place) ? Math.min(Math.max(Math.trunc(place), 0), most) : 0;
  if (!/[\ud800-\udfff]/.test(text)) return (place) => clipped(place, text.length);
  const units: number[] = [];
  let unit = 0;
  for (const each of text) {
    units.push(unit);
    unit += each.length;
  }
  units.push(unit);
  return (place) => units[clipped(place, units.length - 1)]!;
}

/** Returns how many code points a text has, which is how the wire API counts. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/** Returns the text with what is hidden in spoilers covered, for lists, quotes and notices. */
export function covered(content: Formatted): string {
  if (!content.entities.some(({ type }) => type === 'spoiler')) return content.text;
  const words = (pieces: readonly Piece[]): string =>
    pieces.map((piece) => (typeof piece === 'string' ? piece : words(piece.pieces))).join('');
  const cover = (pieces: readonly Piece[]): string =>
    pieces
      .map((piece) => {
        if (typeof piece === 'string') return piece;
        return piece.entity.type === 'spoiler' ? words(piece.pieces).replace(/\S/gu, '▒') : cover(piece.pieces);
      })
      .join('');
  return cover(piecesOf(content));
}

const SAFE_LINK = /^(https?:\/\/|mailto:)[^\s]/i;

/** Returns the address of a link where it may be followed: http, https and mailto alone. */
export function safeUrl(entity: Entity): string | null {
  const url = entity.url ?? '';
  return entity.type === 'link' && SAFE_LINK.test(url) ? url : null;
}
