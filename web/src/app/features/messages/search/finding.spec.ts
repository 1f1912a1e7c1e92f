import { TestBed } from '@angular/core/testing';

import { Api } from '@core/api';

import { Finding, NOTHING, type Wanted } from './finding';
import { highlighted } from './highlight';

interface Item {
  id: string;
  author_id: string;
  created_at: string;
  media_ids: string[];
  entities: unknown[];
  kind: string;
}

const DAY_MS = 86_400_000;
const item = (n: number, daysAgo: number, author = 'ana', media = false): Item => {
  const created_at = new Date(Date.now() - daysAgo * DAY_MS).toISOString();
  return { id: `${n}`, author_id: author, created_at, media_ids: media ? ['m'] : [], entities: [], kind: 'text' };
};

function searching(pages: Item[][]): { finding: Finding; asked: () => number } {
  let asked = 0;
  const ask = () => {
    const items = pages[asked++] ?? [];
    return Promise.resolve({ items, next: asked < pages.length ? `${asked}` : null });
  };
  TestBed.configureTestingModule({ providers: [Finding, { provide: Api, useValue: { ask } }] });
  return { finding: TestBed.inject(Finding), asked: () => asked };
}

const wanted = (more: Partial<Wanted>): Wanted => ({ ...NOTHING, words: 'hola', ...more });

describe('finding', () => {
  it('asks for nothing without words', async () => {
    const { finding, asked } = searching([[item(1, 0)]]);
    await finding.find(wanted({ words: '  ' }));
    expect([asked(), finding.found().length, finding.isDone()]).toEqual([0, 0, false]);
  });

  it('looks on until a filter has let enough through', async () => {
    const pages = [...Array(4).keys()].map((page) =>
      [...Array(30).keys()].map((n) => item(page * 30 + n, 1, n % 5 ? 'ben' : 'ana')),
    );
    const { finding, asked } = searching(pages);
    await finding.find(wanted({ authorId: 'ana' }));
    expect([asked(), finding.found().length, finding.hasMore()]).toEqual([3, 18, true]);
    await finding.more();
    expect([asked(), finding.found().length, finding.hasMore()]).toEqual([4, 24, false]);
  });

  it('stops at the first that is too old', async () => {
    const { finding, asked } = searching([[item(1, 1), item(2, 9)], [item(3, 10)]]);
    await finding.find(wanted({ days: 7 }));
    expect([asked(), finding.found().map((each) => each.id), finding.hasMore()]).toEqual([1, ['1'], false]);
  });

  it('finds those with files', async () => {
    const { finding } = searching([[item(1, 1), item(2, 1, 'ana', true)]]);
    await finding.find(wanted({ kind: 'files' }));
    expect(finding.found().map((each) => each.id)).toEqual(['2']);
  });
});

describe('marking what was found', () => {
  const marked = (text: string, query: string) =>
    highlighted(text, query)
      .map(({ text: part, isHit }) => (isHit ? `[${part}]` : part))
      .join('');

  it('marks words without regard to accents and endings', () => {
    expect(marked('La canción de las casas', 'cancion casa')).toBe('La [canción] de las [casas]');
    expect(marked('nothing here', 'casa')).toBe('nothing here');
  });

  it('begins a little before the first hit', () => {
    const line = marked(`${'word '.repeat(60)}target end`, 'target');
    expect(line.startsWith('…')).toBe(true);
    expect(line.endsWith('[target] end')).toBe(true);
    expect(line.length).toBeLessThan(80);
  });
});
