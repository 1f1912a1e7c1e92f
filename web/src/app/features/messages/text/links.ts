import { type Entity, type Formatted, codePoints, safeUrl } from './entities';
import { autoLinks } from './typing';

const MAYBE = /https?:|www\.|@/i;
/** What no link is made of: what is one already, and code. */
const WHOLE = new Set<Entity['type']>(['link', 'mention', 'code', 'pre']);

/** Returns a text with its addresses as links too: other programs may send them as plain text. */
export function linked<T extends Formatted>(content: T): T {
  const { text, entities } = content;
  if (!MAYBE.test(text)) return content;
  const added = autoLinks(text).flatMap(([at, { token }]): Entity[] => {
    if (token.kind !== 'atom') return [];
    const [offset, length] = [codePoints(text.slice(0, at)), codePoints(token.text)];
    return entities.some((each) => WHOLE.has(each.type) && touches(each, offset, length))
      ? []
      : [{ ...token.meaning, offset, length }];
  });
  return added.length ? { ...content, entities: [...entities, ...added] } : content;
}

function touches(entity: Entity, offset: number, length: number): boolean {
  return entity.offset < offset + length && offset < entity.offset + entity.length;
}

/** Returns the web pages that a text links to, each once. */
export function linksOf(content: Formatted): string[] {
  const urls = linked(content).entities.map(safeUrl).filter((url) => url !== null && /^https?:/i.test(url));
  return [...new Set(urls as string[])];
}

/** Returns the first web page that a text links to, for its preview. */
export function firstLink(content: Formatted): string | null {
  return linksOf(content)[0] ?? null;
}
