import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Ad } from '../ads';

import { AdFeed } from './ad-feed';

const seqs = Array.from({ length: 30 }, (_, at) => at + 1);

function feedOf(posts: readonly number[], ...answers: (Ad | null)[]) {
  const choose = vi.fn(() => Promise.resolve(answers.shift() ?? null));
  return { feed: new AdFeed({ choose }, 'c', () => posts), choose };
}

function ad(id: string, after_posts = 8): Ad {
  return { id, after_posts } as Ad;
}

async function glance(feed: AdFeed, ...seen: number[]): Promise<void> {
  seen.forEach((each) => feed.glance(each));
  await vi.advanceTimersByTimeAsync(100);
}

describe('AdFeed', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('asks once for what comes into sight together, behind the lowest of it', async () => {
    const { feed, choose } = feedOf(seqs, ad('a'));
    await glance(feed, 10, 11, 12);
    expect(choose.mock.calls).toEqual([['c', 12]]);
    expect(feed.placed().map((each) => each.afterSeq)).toEqual([12]);
  });

  it('stands between posts, not below the last one', async () => {
    const { feed } = feedOf(seqs, ad('a'));
    await glance(feed, 29, 30);
    expect(feed.placed()[0]?.afterSeq).toBe(29);
  });

  it('stands below a post that is the only one', async () => {
    const { feed } = feedOf([5], ad('a'));
    await glance(feed, 5);
    expect(feed.placed()[0]?.afterSeq).toBe(5);
  });

  it('asks again only so many posts further as the server says, in both directions', async () => {
    const { feed, choose } = feedOf(seqs, ad('a', 5), ad('b', 5), ad('c', 5));
    await glance(feed, 15);
    await glance(feed, 19);
    await glance(feed, 11);
    expect(choose).toHaveBeenCalledTimes(1);
    await glance(feed, 20);
    await glance(feed, 10);
    expect(feed.placed().map((each) => each.afterSeq)).toEqual([15, 20, 10]);
  });

  it('does not ask again nearby where there was none', async () => {
    const { feed, choose } = feedOf(seqs, null);
    await glance(feed, 10);
    await glance(feed, 12);
    expect(choose).toHaveBeenCalledTimes(1);
    expect(feed.placed()).toEqual([]);
  });

  it('shows nothing that comes after one has left', async () => {
    const { feed } = feedOf(seqs, ad('a'));
    feed.glance(3);
    feed.stop();
    await vi.advanceTimersByTimeAsync(100);
    expect(feed.placed()).toEqual([]);
  });
});
