import type { Api } from '@core/api';

import { SharedPages } from './shared-pages';

interface Query {
  kind: string;
  limit: number;
  before_seq?: number;
}

describe('SharedPages', () => {
  const asked: Query[] = [];
  const answers = [
    { items: [{ seq: 7 }, { seq: 9 }], next: '7' },
    { items: [{ seq: 2 }], next: null },
  ];
  const api = {
    ask: (call: (http: unknown) => unknown) => call({ GET: async (_: string, { params }: { params: { query: Query } }) => (asked.push(params.query), answers[asked.length - 1]) }),
  } as unknown as Api;

  it('puts older pages before newer ones, until there are no more', async () => {
    const pages = new SharedPages(api, 'c1', 'media');
    expect(pages.messages()).toBeNull();
    await Promise.all([pages.more(), pages.more()]);
    expect(pages.hasMore()).toBe(true);
    await pages.more();
    expect(asked).toEqual([
      { kind: 'media', limit: 50, before_seq: undefined },
      { kind: 'media', limit: 50, before_seq: 7 },
    ]);
    expect(pages.messages()!.map((each) => each.seq)).toEqual([2, 7, 9]);
    expect([pages.hasMore(), pages.isEmpty()]).toEqual([false, false]);
  });
});
