import fc from 'fast-check';

import { type Entity, type Formatted, type Piece, codePoints, piecesOf } from './entities';
import { looks, namesIn, parse, written } from './formatting';

const ANA = '01890000-0000-7000-8000-00000000000a';
const BEN = '01890000-0000-7000-8000-00000000000b';
const names = new Map([
  ['ana', ANA],
  ['ben.to', BEN],
]);

/** Property tests take their time on a machine that is busy. */
const SLOW_MS = 60_000;

const typed = (source: string) => parse(source, names);

describe('typing', () => {
  const cases: [string, string, Partial<Entity>[]][] = [
    ['*hola* mundo', 'hola mundo', [{ type: 'bold', offset: 0, length: 4 }]],
    [
      '**hola** _tú_ ~no~',
      'hola tú no',
      [
        { type: 'bold', offset: 0, length: 4 },
        { type: 'italic', offset: 5, length: 2 },
        { type: 'strike', offset: 8, length: 2 },
      ],
    ],
    ['👨‍👩‍👧 *sí*', '👨‍👩‍👧 sí', [{ type: 'bold', offset: 6, length: 2 }]],
    [
      '*a _b_ c*',
      'a b c',
      [
        { type: 'bold', offset: 0, length: 5 },
        { type: 'italic', offset: 2, length: 1 },
      ],
    ],
    ['un**be**lievable', 'unbelievable', [{ type: 'bold', offset: 2, length: 2 }]],
    ['||the end||', 'the end', [{ type: 'spoiler', offset: 0, length: 7 }]],
    ['`a*b*c`', 'a*b*c', [{ type: 'code', offset: 0, length: 5 }]],
    ['```js\nlet a = `b`;\n```', 'let a = `b`;', [{ type: 'pre', offset: 0, length: 12, language: 'js' }]],
    ['```uno```', 'uno', [{ type: 'pre', offset: 0, length: 3 }]],
    [
      '(see https://x.org/a_b_c(d).)',
      '(see https://x.org/a_b_c(d).)',
      [{ type: 'link', offset: 5, length: 22, url: 'https://x.org/a_b_c(d)' }],
    ],
    [
      'www.x.org, ana@x.org',
      'www.x.org, ana@x.org',
      [
        { type: 'link', offset: 0, length: 9, url: 'https://www.x.org' },
        { type: 'link', offset: 11, length: 9, url: 'mailto:ana@x.org' },
      ],
    ],
    [
      '[the *page*](https://x.org)',
      'the page',
      [
        { type: 'link', offset: 0, length: 8, url: 'https://x.org' },
        { type: 'bold', offset: 4, length: 4 },
      ],
    ],
    [
      '@ana, @Ben.to. @nobody',
      '@ana, @Ben.to. @nobody',
      [
        { type: 'mention', offset: 0, length: 4, user_id: ANA },
        { type: 'mention', offset: 6, length: 7, user_id: BEN },
      ],
    ],
  ];
  it.each(cases)('%s', (source, text, entities) => {
    expect(typed(source)).toEqual({ text, entities });
  });

  it.each([
    '2 * 3 * 4',
    'snake_case_name',
    '¯\\_(ツ)_/¯',
    'a*',
    '**',
    '* *',
    '~',
    '|| ||',
    '``',
    '*a\nb*',
    '[x](javascript:alert(1))',
    '[](https://x.org)',
    '@ananas',
    'mail@ana',
    '***',
    '`a\nb`',
    '[x] (y)',
  ])('leaves %s alone', (source) => {
    expect(typed(source)).toEqual({ text: source, entities: [] });
  });

  it('takes at most as many entities as the wire API', () => {
    expect(parse('*a* '.repeat(300)).entities).toHaveLength(200);
  });
});

const pieceOfText = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      'a',
      'b',
      ' ',
      '\n',
      'ñ',
      '👍🏽',
      '👨‍👩‍👧',
      'e\u0301',
      '\u200f',
      'שלום',
      '@ana',
      'https://x.org/a_b',
      '@',
      '.',
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '*',
      '_',
      '~',
      '|',
      '`',
      '[',
      ']',
      '(',
      ')',
      '](',
      '**',
      '```',
      '\u2060',
      '\\',
      '<b>',
      '&amp;',
    ),
  },
  fc.string({ unit: 'grapheme', maxLength: 4 }),
);
const anyText = fc.array(pieceOfText, { maxLength: 24 }).map((parts) => parts.join(''));

const anyMeaning = fc.oneof(
  fc.constantFrom<Partial<Entity>>(
    ...(['bold', 'italic', 'strike', 'spoiler', 'code', 'pre'] as const).map((type) => ({ type })),
  ),
  fc.constantFrom<Partial<Entity>>(
    { type: 'pre', language: 'c++' },
    { type: 'mention', user_id: ANA },
    { type: 'mention', user_id: BEN },
  ),
  fc.constantFrom<Partial<Entity>>(
    { type: 'link', url: 'https://x.org/a(b)' },
    { type: 'link', url: 'mailto:a@x.org' },
    { type: 'link', url: 'https://x.org/a_b' },
  ),
);

/** Texts with entities that fit, as the wire API would take them; they overlap and nest as it comes. */
const anyFormatted: fc.Arbitrary<Formatted> = anyText
  .map((text) => text.trim())
  .filter((text) => text.length > 0)
  .chain((text) => {
    const size = codePoints(text);
    const entity = fc
      .tuple(anyMeaning, fc.nat(size - 1), fc.integer({ min: 1, max: size }))
      .map(([meaning, offset, length]) => ({ ...meaning, offset, length: Math.min(length, size - offset) }) as Entity);
    return fc.record({ text: fc.constant(text), entities: fc.array(entity, { maxLength: 5 }) });
  });

const flat = (pieces: readonly Piece[]): string =>
  pieces.map((piece) => (typeof piece === 'string' ? piece : flat(piece.pieces))).join('');

describe('editing', () => {
  it(
    'gives back every text as it looked',
    () => {
      fc.assert(
        fc.property(anyFormatted, (content) => {
          const again = parse(written(content, names), new Map([...names, ...namesIn(content)]));
          expect(again.text.trim()).toBe(content.text);
          expect(looks(again)).toBe(looks({ text: content.text, entities: content.entities }));
        }),
        { numRuns: 500 },
      );
    },
    SLOW_MS,
  );

  it('shows ordinary texts as they were typed', () => {
    for (const source of [
      '*hola* mundo',
      'see https://x.org/a_b',
      '@ana _ven_',
      '`x` y ~z~',
      '||no||',
      'snake_case 2*3',
      '```js\nlet a;\n```',
    ]) {
      expect(written(typed(source), names)).toBe(source);
    }
  });

  it(
    'is the same after being edited twice',
    () => {
      fc.assert(
        fc.property(anyText, (source) => {
          const once = parse(source, names);
          expect(looks(parse(written(once, names), names))).toBe(looks(once));
        }),
        { numRuns: 500 },
      );
    },
    SLOW_MS,
  );
});

describe('taking texts apart', () => {
  const hostile = fc.record({
    text: anyText,
    entities: fc.array(
      fc.record({
        type: fc.constantFrom('bold', 'link', 'mention', 'pre', 'spoiler', 'nonsense'),
        offset: fc.oneof(fc.integer({ min: -5, max: 40 }), fc.constantFrom(NaN, Infinity, 1.5, 2 ** 53)),
        length: fc.oneof(fc.integer({ min: -5, max: 40 }), fc.constantFrom(NaN, Infinity, 0.5, 2 ** 53)),
        url: fc.constantFrom('javascript:alert(1)', 'https://x.org', '', undefined),
      }),
      { maxLength: 12 },
    ),
  });

  it(
    'keeps every character once, whatever the entities say',
    () => {
      fc.assert(
        fc.property(hostile, (content) => {
          expect(flat(piecesOf(content as unknown as Formatted))).toBe(content.text);
        }),
        { numRuns: 500 },
      );
    },
    SLOW_MS,
  );

  it('nests no more levels than there are kinds', () => {
    const entities = Array.from({ length: 200 }, (_, n): Entity => ({
      type: n % 2 ? 'bold' : 'italic',
      offset: n % 50,
      length: 100,
    }));
    const depth = (pieces: readonly Piece[]): number =>
      Math.max(0, ...pieces.map((piece) => (typeof piece === 'string' ? 0 : 1 + depth(piece.pieces))));
    expect(depth(piecesOf({ text: 'x'.repeat(200), entities }))).toBe(2);
  });

  it('counts code points, not units', () => {
    const pieces = piecesOf({ text: '👍🏽é*', entities: [{ type: 'bold', offset: 2, length: 1 }] });
    expect(pieces).toMatchObject(['👍🏽', { pieces: ['é'] }, '*']);
  });
});
