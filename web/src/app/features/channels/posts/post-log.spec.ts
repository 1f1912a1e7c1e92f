import type { Api } from '@core/api';
import type { Post } from '@core/channels/channel';

import { aPost } from '../../../../testing/channels';

import { MOST, PostLog } from './post-log';

interface Query {
  limit: number;
  before_seq?: number;
  after_seq?: number;
}

/** A channel with posts and a log, as the API answers. */
class FakeChannel {
  posts: Post[] = [];
  log: { type: string; seq: number; post: Post | null }[] = [];
  asked: string[] = [];

  ask(call: (http: unknown) => unknown): unknown {
    return call({ GET: (path: string, { params }: { params: { query: Query } }) => this.get(path, params.query) });
  }

  private async get(path: string, query: Query): Promise<unknown> {
    this.asked.push(path.split('/').pop()!);
    return path.endsWith('/log') ? this.entries(query) : this.page(query);
  }

  private page({ limit, before_seq = Infinity, after_seq = -1 }: Query): unknown {
    const found = this.posts.filter((each) => each.seq < before_seq && each.seq > after_seq);
    const forward = after_seq >= 0;
    const items = forward ? found.slice(0, limit) : found.slice(-limit);
    return { items, next: found.length > limit ? 'more' : null };
  }

  private entries({ limit, after_seq = 0 }: Query): unknown {
    const found = this.log.filter((each) => each.seq > after_seq);
    return { items: found.slice(0, limit), seq: this.log.at(-1)?.seq ?? 0, more: found.length > limit };
  }
}

function published(post: Post) {
  return { type: 'post.published', seq: post.seq, post };
}

describe('PostLog', () => {
  let channel: FakeChannel;
  let log: PostLog;
  const seqs = () => log.posts().map((each) => each.seq);

  beforeEach(() => {
    channel = new FakeChannel();
    channel.posts = Array.from({ length: 300 }, (_, at) => aPost(at + 1));
    log = new PostLog(channel as unknown as Api, 'channel');
  });

  it('begins with the newest posts', async () => {
    await log.openEnd(300);
    expect(seqs().at(-1)).toBe(300);
    expect(log.hasOlder()).toBe(true);
    expect(log.hasNewer()).toBe(false);
  });

  it('opens around a post, with what stands before and behind it', async () => {
    await log.openAround(150, 300);
    expect(seqs()[0]).toBe(130);
    expect(seqs().at(-1)).toBe(169);
    expect([log.hasOlder(), log.hasNewer()]).toEqual([true, true]);
  });

  it('keeps only so many posts, and gets those back that it let go', async () => {
    await log.openEnd(300);
    for (let page = 0; page < 8; page++) await log.showOlder();
    expect(log.posts()).toHaveLength(MOST);
    expect(log.hasNewer()).toBe(true);
    const newest = seqs().at(-1)!;
    await log.showNewer();
    expect(seqs().at(-1)).toBe(newest + 20);
    expect(new Set(seqs()).size).toBe(MOST);
  });

  it('shows a new post at once', async () => {
    await log.openEnd(300);
    await log.hear(published(aPost(301)));
    expect(seqs().at(-1)).toBe(301);
  });

  it('only counts a new post while older ones are looked at', async () => {
    await log.openAround(150, 300);
    await log.hear(published(aPost(301)));
    expect(seqs()).not.toContain(301);
    expect(log.below()).toBe(1);
  });

  it('asks for the entries in between when a number is not the next one', async () => {
    await log.openEnd(300);
    channel.log = [published(aPost(301)), published(aPost(302)), published(aPost(303))];
    await log.hear(published(aPost(303)));
    expect(seqs().slice(-3)).toEqual([301, 302, 303]);
    expect(channel.asked.filter((each) => each === 'log')).toHaveLength(1);
  });

  it('takes nothing in twice', async () => {
    await log.openEnd(300);
    await log.hear(published(aPost(301)));
    await log.hear(published(aPost(301)));
    log.add(aPost(301));
    expect(seqs().filter((each) => each === 301)).toHaveLength(1);
  });

  it('takes changes in, and keeps what is the reader’s own', async () => {
    await log.openEnd(300);
    log.put(aPost(300, { reactions: [{ emoji: '👍', count: 1, mine: true }] }));
    const edited = aPost(300, { text: 'new words', reactions: [{ emoji: '👍', count: 2, mine: false }] });
    await log.hear({ type: 'post.edited', seq: 301, post: edited });
    expect(log.posts().at(-1)).toMatchObject({ text: 'new words', reactions: [{ emoji: '👍', count: 2, mine: true }] });
  });

  it('keeps open what its reader has paid for, when a frame for everybody has it closed', async () => {
    const mine = aPost(300, { paid: true, text: 'the secret', media_ids: ['m'] });
    channel.posts = [...channel.posts.slice(0, 299), mine];
    await log.openEnd(300);
    const closed = { ...mine, text: 'a teaser', media_ids: [], locked: true, pinned: true };
    await log.hear({ type: 'post.pinned', seq: 301, post: closed });
    expect(log.posts().at(-1)).toMatchObject({ text: 'the secret', media_ids: ['m'], locked: false, pinned: true });
    channel.posts = [...channel.posts.slice(0, 299), { ...mine, text: 'a teaser', locked: true }];
    await log.refresh(300, 300);
    expect(log.posts().at(-1)).toMatchObject({ text: 'a teaser', locked: true });
  });

  it('hides what was deleted', async () => {
    await log.openEnd(300);
    await log.hear({ type: 'post.deleted', seq: 301, post: aPost(300, { deleted: true, text: '' }) });
    expect(seqs()).not.toContain(300);
  });

  it('shows the newest posts instead of replaying a long absence', async () => {
    await log.openEnd(300);
    channel.posts = Array.from({ length: 3000 }, (_, at) => aPost(at + 1));
    channel.log = channel.posts.slice(300).map(published);
    await log.catchUp();
    expect(seqs().at(-1)).toBe(3000);
    expect(log.posts()).toHaveLength(20);
  });

  it('asks for counts without moving what is shown', async () => {
    await log.openEnd(300);
    channel.posts = channel.posts.map((each) => ({ ...each, views: 7 }));
    const before = seqs();
    await log.refresh(before[0]!, before.at(-1)!);
    expect(seqs()).toEqual(before);
    expect(log.posts().every((each) => each.views === 7)).toBe(true);
  });

  it('takes over what was counted, and keeps what is one\'s own', async () => {
    const channel = new FakeChannel();
    channel.posts = [aPost(1, { reactions: [{ emoji: '👍', count: 1, mine: true }] }), aPost(2)];
    const log = new PostLog(channel as unknown as Api, 'channel');
    await log.openEnd(2);
    log.count([{ id: 'post-1', views: 7, reactions: [{ emoji: '🎉', count: 2 }, { emoji: '👍', count: 3 }] }, { id: 'post-9', views: 1, reactions: [] }]);
    expect(log.posts()).toMatchObject([
      { seq: 1, views: 7, reactions: [{ emoji: '🎉', count: 2, mine: false }, { emoji: '👍', count: 3, mine: true }] },
      { seq: 2, views: 0, reactions: [] },
    ]);
  });
});
