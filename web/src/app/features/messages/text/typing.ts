import type { WrittenEntity } from './entities';

/** Makes the character behind it mean nothing but itself. It has no width; people never type it. */
export const LITERAL = '\u2060';
/** Means nothing, and keeps signs apart that would be read as one. */
export const GAP = '\u2063';

/** Whom a text may mention: what stands behind the `@`, in lower case, and the person's id. */
export type Names = ReadonlyMap<string, string>;

export type Meaning = Omit<WrittenEntity, 'offset' | 'length'>;
export type Token =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'atom'; readonly text: string; readonly meaning: Meaning }
  | Mark;
/** A sign that begins or ends a stretch, if another one answers it. */
export interface Mark {
  readonly kind: 'mark';
  readonly sign: string;
  readonly text: string;
  readonly opens: boolean;
  readonly closes: boolean;
  readonly meaning: Meaning;
}

const STYLES: Readonly<Record<string, WrittenEntity['type']>> = { '*': 'bold', _: 'italic', '~': 'strike', '|': 'spoiler' };
const BACKTICKS = /`+/y;
const STYLE_RUN = /([*_~|])\1*/y;
const LINK_END = /\]\(((?:\u2060.|[^\s)\u2060])+)\)/y;
export const LANGUAGE = /^[\w+#.-]{1,40}$/;
const LINK =
  /(?<![\p{L}\p{N}\p{M}])(?:https?:\/\/|www\.)[^\s<>"`[\]\u2060]+|(?<![\p{L}\p{N}\p{M}.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+/giu;
const TRAILING = /[.,;:!?'*_~|]$/;
const ALLOWED = /^(https?|mailto|tel):[^\s\p{Cc}]+$/iu;
const MOST_URL = 2000;
const PERSON = /^@([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
/** What a single sign does not format in the middle of: words, and paths. */
const WORD = /[\p{L}\p{N}\p{M}\\/]/u;

/** Takes apart what was typed: plain text, whole things such as code and links, and signs that may pair. */
export function tokensOf(source: string, names: Names): readonly Token[] {
  const links = new Map(autoLinks(source));
  const tokens: Token[] = [];
  let plain = '';
  for (let at = 0; at < source.length;) {
    const found =
      literal(source, at) ??
      codeAt(source, at) ??
      linkSign(source, at) ??
      styleSign(source, at) ??
      links.get(at) ??
      mention(source, at, names);
    if (found && found.token.kind === 'text') plain += found.token.text;
    else if (found) {
      if (plain) tokens.push({ kind: 'text', text: plain });
      tokens.push(found.token);
      plain = '';
    } else plain += source[at];
    at += found?.length ?? 1;
  }
  return plain ? [...tokens, { kind: 'text', text: plain }] : tokens;
}

interface Found {
  readonly token: Token;
  readonly length: number;
}

function literal(source: string, at: number): Found | null {
  if (source[at] === GAP) return { token: { kind: 'text', text: '' }, length: 1 };
  if (source[at] !== LITERAL || at + 1 >= source.length) return null;
  return { token: { kind: 'text', text: source[at + 1]! }, length: 2 };
}

/** `code`, ``code with ` in it``, ```block```. */
function codeAt(source: string, at: number): Found | null {
  const fence = matchAt(BACKTICKS, source, at)?.[0];
  if (!fence) return null;
  const end = endOfCode(source, at + fence.length, fence);
  const inside = end < 0 ? '' : source.slice(at + fence.length, end);
  if (!inside || (fence.length === 1 && inside.includes('\n')))
    return { token: { kind: 'text', text: fence }, length: fence.length };
  const token =
    fence.length < 3
      ? { kind: 'atom' as const, text: unescaped(inside), meaning: { type: 'code' as const } }
      : block(inside);
  return { token, length: end + fence.length - at };
}

function endOfCode(source: string, from: number, fence: string): number {
  for (let at = from; at < source.length; at++) {
    if (source[at] === LITERAL) at++;
    else if (source[at] === '`') {
      const run = matchAt(BACKTICKS, source, at)![0];
      if (run.length === fence.length || (fence.length > 3 && run.length >= fence.length)) return at;
      at += run.length - 1;
    }
  }
  return -1;
}

function block(inside: string): Token {
  const [, first = '', rest] = /^([^\n]*)\n([^]*)$/.exec(inside) ?? [];
  const language = rest !== undefined && LANGUAGE.test(first) && rest ? first : null;
  const body = rest !== undefined && (language || !first.trim()) ? rest : inside;
  const text = unescaped(body.replace(/\n$/, '')) || unescaped(body);
  return { kind: 'atom', text, meaning: { type: 'pre', ...(language && { language }) } };
}

/** The signs of `[words](address)`. */
function linkSign(source: string, at: number): Found | null {
  const sign = '[';
  if (source[at] === sign) {
    return {
      token: { kind: 'mark', sign, text: sign, opens: true, closes: false, meaning: { type: 'link' } },
      length: 1,
    };
  }
  const [text, target] = matchAt(LINK_END, source, at) ?? [];
  const meaning = target && targetOf(unescaped(target));
  return meaning
    ? {
        token: { kind: 'mark', sign, text: unescaped(text!), opens: false, closes: true, meaning },
        length: text!.length,
      }
    : null;
}

function targetOf(target: string): Meaning | null {
  const person = PERSON.exec(target);
  if (person) return { type: 'mention', user_id: person[1]! };
  return ALLOWED.test(target) && target.length <= MOST_URL ? { type: 'link', url: target } : null;
}

/**
 * `*bold*`, `_italic_`, `~strike~` around whole words of one line; doubled they stand anywhere, as `||spoiler||`
 * always does.
 */
function styleSign(source: string, at: number): Found | null {
  const run = matchAt(STYLE_RUN, source, at)?.[0];
  if (!run) return null;
  const length = run.length;
  if (length > 2 || run === '|') return { token: { kind: 'text', text: run }, length };
  const [before, behind] = [characterBefore(source, at), characterAt(source, at + length)];
  const loose = length === 2;
  const opens = /\S/u.test(behind) && (loose || !WORD.test(before));
  const closes = /\S/u.test(before) && (loose || !WORD.test(behind));
  return { token: { kind: 'mark', sign: run, text: run, opens, closes, meaning: { type: STYLES[run[0]!]! } }, length };
}

function mention(source: string, at: number, names: Names): Found | null {
  if (source[at] !== '@' || WORD.test(characterBefore(source, at))) return null;
  const typed = source.slice(at + 1, at + 1 + LONGEST_NAME).toLowerCase();
  let name = '';
  for (const each of names.keys()) {
    if (each.length > name.length && typed.startsWith(each) && !WORD.test(characterAt(source, at + 1 + each.length)))
      name = each;
  }
  if (!name) return null;
  const text = source.slice(at, at + 1 + name.length);
  return {
    token: { kind: 'atom', text, meaning: { type: 'mention', user_id: names.get(name)! } },
    length: text.length,
  };
}
const LONGEST_NAME = 100;

/** Returns the addresses in a text by where they begin. */
export function autoLinks(source: string): [number, Found][] {
  return [...source.matchAll(LINK)].flatMap(({ 0: raw, index }) => {
    const text = withoutTrailing(raw);
    const url = addressOf(text);
    const token: Token = { kind: 'atom', text, meaning: { type: 'link', url } };
    return ALLOWED.test(url) && url.length <= MOST_URL ? [[index, { token, length: text.length }]] : [];
  });
}

function addressOf(text: string): string {
  if (/^https?:/i.test(text)) return text;
  return /^www\./i.test(text) ? `https://${text}` : `mailto:${text}`;
}

/** The full stop behind an address belongs to the sentence, as does a bracket that was opened before it. */
function withoutTrailing(raw: string): string {
  let text = raw;
  for (;;) {
    const unbalanced = text.endsWith(')') && text.split(')').length > text.split('(').length;
    if (!unbalanced && !TRAILING.test(text)) return text;
    text = text.slice(0, -1);
  }
}

export function unescaped(text: string): string {
  return text.replace(/\u2060([^])/g, '$1');
}

function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}

function characterAt(source: string, at: number): string {
  const code = source.codePointAt(at);
  return code === undefined ? '' : String.fromCodePoint(code);
}

function characterBefore(source: string, at: number): string {
  const last = source.charCodeAt(at - 1);
  return at > 1 && last >= 0xdc00 && last <= 0xdfff ? characterAt(source, at - 2) : (source[at - 1] ?? '');
}
