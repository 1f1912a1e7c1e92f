import type { Api } from '@core/api';
import type { Post } from '@core/channels/channel';

import { aPost } from '../../../../testing/channels';

import { PinnedPosts } from './pinned-posts';

describe('PinnedPosts', () => {
  const asked: unknown[] = [];
  const pinned = (seq: number): Post => ({ ...aPost(seq), pinned: true });
  const api = {
    ask: (call: (http: unknown) => unknown) => call({ GET: async (_: string, { params }: { params: { query: unknown } }) => (asked.push(params.query), { items: [pinned(2), pinned(7)] }) }),
  } as unknown as Api;
  const seqs = (posts: PinnedPosts) => posts.posts().map((each) => each.seq);

  it('asks for those that are pinned, and follows what is pinned, unpinned and deleted', async () => {
    const posts = new PinnedPosts(api, 'c1');
    await posts.load();
    expect(asked).toEqual([{ pinned: true, limit: 100 }]);
    expect(seqs(posts)).toEqual([2, 7]);
    posts.take(pinned(5));
    expect(seqs(posts)).toEqual([2, 5, 7]);
    posts.take({ ...pinned(2), pinned: false });
    posts.take({ ...pinned(7), deleted: true });
    posts.take(aPost(9));
    expect(seqs(posts)).toEqual([5]);
    posts.remove(pinned(5).id);
    expect(seqs(posts)).toEqual([]);
  });
});
