import { type Entity, type Formatted, type Piece, type Stretch, type Written, type WrittenEntity, codePoints, piecesOf } from './entities';
import { GAP, LANGUAGE, LITERAL, type Mark, type Meaning, type Names, type Token, autoLinks, tokensOf } from './typing';

/** As many as the wire API takes. */
const MOST_ENTITIES = 200;
const NOBODY: Names = new Map();

/**
 * Turns what somebody typed into text and entities.
 *
 * `*bold*`, `_italic_`, `~strike~`, `||spoiler||`, code in one, two or three backticks, `[words](address)`,
 * addresses by themselves, and `@name` of the people in `names`.
 */
export function parse(typed: string, names: Names = NOBODY): Written {
  const tokens = tokensOf(typed.trim(), names);
  const partners = pair(tokens);
  const begun = new Map<Mark, number>();
  const entities: WrittenEntity[] = [];
  let text = '';
  let size = 0;
  let links = 0;
  const add = (words: string) => ((text += words), (size += codePoints(words)));
  for (const token of tokens) {
    if (token.kind === 'text') add(token.text);
    else if (token.kind === 'atom') {
      const [offset] = [size, add(token.text)];
      if (links === 0 || !isPressed(token.meaning)) entities.push({ ...token.meaning, offset, length: size - offset });
    } else if (!partners.has(token)) add(token.text);
    else if (begun.has(partners.get(token)!)) {
      const offset = begun.get(partners.get(token)!)!;
      links -= Number(isPressed(token.meaning));
      if (size > offset) entities.push({ ...token.meaning, offset, length: size - offset });
    } else {
      begun.set(token, size);
      links += Number(isPressed(token.meaning));
    }
  }
  entities.sort((a, b) => a.offset - b.offset || b.length - a.length);
  return { text, entities: entities.slice(0, MOST_ENTITIES) };
}

function isPressed({ type }: Meaning): boolean {
  return type === 'link' || type === 'mention';
}

/** Finds for each sign the one that answers it; those inside that nothing answers stay text. */
function pair(tokens: readonly Token[]): ReadonlyMap<Mark, Mark> {
  const partners = new Map<Mark, Mark>();
  let open: { mark: Mark; index: number }[] = [];
  tokens.forEach((token, index) => {
    if (token.kind === 'text' && token.text.includes('\n'))
      open = open.filter(({ mark }) => mark.sign.length > 1 || mark.sign === '[');
    if (token.kind !== 'mark') return;
    const opener = token.closes
      ? open.filter((each) => each.mark.sign === token.sign && each.index < index - 1).at(-1)
      : undefined;
    if (opener) {
      partners.set(token, opener.mark).set(opener.mark, token);
      open = open.slice(0, open.indexOf(opener));
    } else if (token.opens) open.push({ mark: token, index });
  });
  return partners;
}

/** How careful `written` is: as people type; with what means nothing escaped; with every address spelled out. */
const CARE = ['typed', 'escaped', 'spelled'] as const;
type Care = (typeof CARE)[number];

/** Returns what would be typed to get a text with its entities, so that it can be edited. */
export function written({ text, entities }: Formatted, names: Names = NOBODY): string {
  const content = { text, entities: entities.filter(({ type }) => type !== 'command') };
  const known = new Map([...names, ...namesIn(content)]);
  const pieces = joined(piecesOf(content));
  const wanted = looks(content);
  const tries = CARE.map((care) => () => write(pieces, content.text, known, care));
  return tries.map((attempt) => attempt()).find((typed) => looks(parse(typed, known)) === wanted) ?? tries.at(-1)!();
}

/** Returns the names that a text mentions people by, so that editing it keeps them. */
export function namesIn(content: Formatted): Names {
  const names = new Map<string, string>();
  const gather = (pieces: readonly Piece[]): void =>
    pieces.forEach((piece) => {
      if (typeof piece === 'string') return;
      const words = wordsOf(piece);
      if (piece.entity.type === 'mention' && words.startsWith('@') && words.length > 1)
        names.set(words.slice(1).toLowerCase(), piece.entity.user_id!);
      gather(piece.pieces);
    });
  gather(piecesOf(content));
  return names;
}

/** Joins neighbours that mean the same: signs that touch would be read as others. */
function joined(pieces: readonly Piece[]): readonly Piece[] {
  const done: Piece[] = [];
  for (const piece of pieces) {
    const last = done.at(-1);
    if (
      last &&
      typeof last !== 'string' &&
      typeof piece !== 'string' &&
      meaningOf(last.entity) === meaningOf(piece.entity)
    ) {
      done[done.length - 1] = { entity: last.entity, pieces: [...last.pieces, ...piece.pieces] };
    } else if (typeof last === 'string' && typeof piece === 'string') done[done.length - 1] = last + piece;
    else done.push(piece);
  }
  return done.map((piece) =>
    typeof piece === 'string' ? piece : { entity: piece.entity, pieces: joined(piece.pieces) },
  );
}

function meaningOf({ type, url, user_id, language }: Entity): string {
  return JSON.stringify([type, url, user_id, language && LANGUAGE.test(language) ? language : undefined]);
}

/** Returns how a text is shown, letter by letter; how a space is styled makes no difference. */
export function looks(content: Formatted): string {
  const shown: string[] = [];
  const look = (pieces: readonly Piece[], within: readonly string[]): void =>
    pieces.forEach((piece) => {
      if (typeof piece !== 'string') return look(piece.pieces, [...within, meaningOf(piece.entity)]);
      for (const each of piece) shown.push(/\s/.test(each) ? each : each + within.join(''));
    });
  look(piecesOf(content), []);
  return shown.join('').trim();
}

const SIGNS: Partial<Record<Entity['type'], string>> = { bold: '*', italic: '_', strike: '~', spoiler: '|' };

function write(pieces: readonly Piece[], around: string, names: Names, care: Care): string {
  let typed = '';
  let done = 0;
  for (const piece of pieces) {
    const words = wordsOf(piece);
    const [before, behind] = [around.slice(done - 1, done), around.charAt(done + words.length)];
    done += words.length;
    const next =
      typeof piece === 'string'
        ? plain(piece, care)
        : stretch(piece, /^\s?$/.test(before) && /^\s?$/.test(behind), names, care);
    typed += typed.endsWith('`') && next.startsWith('`') && care !== 'typed' ? GAP + next : next;
  }
  return typed;
}

function plain(words: string, care: Care): string {
  return care === 'typed' ? words : escaped(words);
}

function stretch(piece: Stretch, isAlone: boolean, names: Names, care: Care): string {
  const { entity, pieces } = piece;
  const words = wordsOf(piece);
  if (entity.type === 'code') return fenced(words);
  if (entity.type === 'pre')
    return `\`\`\`${LANGUAGE.test(entity.language ?? '') ? entity.language! : ''}\n${escapedIn(words, '`')}\n\`\`\``;
  if (care !== 'spelled' && standsForItself(entity, words, names)) return words;
  const inside = write(pieces, words, names, care);
  if (entity.type === 'link') return `[${inside}](${escapedIn(entity.url ?? '', ')')})`;
  if (entity.type === 'mention') return `[${inside}](@${entity.user_id ?? ''})`;
  return signed(
    inside,
    SIGNS[entity.type]!,
    isAlone && entity.type !== 'spoiler' && !words.includes('\n') && !/^\s|\s$/.test(words),
  );
}

/** Puts signs around words, inside of the spaces at their ends. */
function signed(inside: string, sign: string, single: boolean): string {
  const [, lead = '', core = '', trail = ''] = /^(\s*)([^]*?)(\s*)$/.exec(inside) ?? [];
  const mark = single ? sign : sign + sign;
  return core ? `${lead}${mark}${core}${mark}${trail}` : inside;
}

function fenced(words: string): string {
  const fence = /[`\n]/.test(words) ? '``' : '`';
  return `${fence}${escapedIn(words, '`')}${fence}`;
}

function standsForItself(entity: Entity, words: string, names: Names): boolean {
  if (entity.type === 'mention')
    return words.startsWith('@') && names.get(words.slice(1).toLowerCase()) === entity.user_id;
  const [found] = entity.type === 'link' ? autoLinks(words) : [];
  return (
    found?.[0] === 0 &&
    found[1].length === words.length &&
    found[1].token.kind === 'atom' &&
    found[1].token.meaning.url === entity.url
  );
}

function escaped(words: string): string {
  return words.replace(/[*_~|`[\]@\u2060\u2063]|https?:\/\/|www\./gi, (sign) => LITERAL + sign);
}

function escapedIn(words: string, sign: string): string {
  return words.replaceAll(LITERAL, LITERAL + LITERAL).replaceAll(sign, LITERAL + sign);
}

function wordsOf(piece: Piece): string {
  return typeof piece === 'string' ? piece : piece.pieces.map(wordsOf).join('');
}
