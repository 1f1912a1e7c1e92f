import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';

import { Api } from '@core/api';
import { ProblemError } from '@core/problem';
import { Session } from '@core/session';

import { type Link, Links, addressOf } from './links';

const HOUR_MS = 3_600_000;

describe('Links', () => {
  let asked: string[][];
  let refusals: ProblemError[];
  let isSignedIn: ReturnType<typeof signal<boolean>>;
  let links: Links;

  function sign(ids: string[]): Promise<{ items: Link[] }> {
    asked.push(ids);
    const refusal = refusals.shift();
    if (refusal) return Promise.reject(refusal);
    const expires_at = new Date(Date.now() + HOUR_MS).toISOString();
    const items = ids.filter((id) => id !== 'hidden').map((id) => ({ media_id: id, url: `https://m.test/media/${id}/original?t=${asked.length}`, token: '', expires_at }));
    return Promise.resolve({ items });
  }

  beforeEach(() => {
    vi.useFakeTimers();
    [asked, refusals, isSignedIn] = [[], [], signal(true)];
    const post = (_: string, options: { body: { ids: string[] } }) => sign(options.body.ids);
    TestBed.configureTestingModule({
      providers: [
        { provide: Api, useValue: { ask: (call: (http: unknown) => unknown) => call({ POST: post }) } },
        { provide: Session, useValue: { isSignedIn } },
      ],
    });
    links = TestBed.inject(Links);
  });

  afterEach(() => vi.useRealTimers());

  it('asks for those of one screen in one call, each once', async () => {
    links.use(['a', 'b']);
    links.use(['b', 'c']);
    await vi.advanceTimersByTimeAsync(50);
    expect(asked).toEqual([['a', 'b', 'c']]);
    expect(links.of('a')()?.media_id).toBe('a');
    links.use(['a']);
    await vi.advanceTimersByTimeAsync(50);
    expect(asked).toHaveLength(1);
  });

  it('asks for at most a hundred at once', async () => {
    links.use(Array.from({ length: 150 }, (_, each) => String(each)));
    await vi.advanceTimersByTimeAsync(100);
    expect(asked.map((each) => each.length)).toEqual([100, 50]);
  });

  it('renews what is in use before it expires, and nothing else', async () => {
    links.use(['used']);
    const drop = links.use(['left']);
    await vi.advanceTimersByTimeAsync(50);
    drop();
    await vi.advanceTimersByTimeAsync(HOUR_MS - 6 * 60_000);
    expect(asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(3 * 60_000);
    expect(asked.slice(1)).toEqual([['used']]);
    expect(links.of('used')()?.url).toContain('t=2');
  });

  it('tries again later when the server cannot answer', async () => {
    refusals.push(new ProblemError({ code: 'service_away', status: 503, retry_after_s: 2 }));
    links.use(['a']);
    await vi.advanceTimersByTimeAsync(50);
    expect(links.of('a')()).toBeNull();
    await vi.advanceTimersByTimeAsync(1_500);
    expect(asked).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(links.of('a')()).not.toBeNull();
  });

  it('has none for what one may not read', async () => {
    links.use(['hidden', 'a']);
    await vi.advanceTimersByTimeAsync(50);
    expect(links.of('hidden')()).toBeNull();
    expect(links.of('a')()).not.toBeNull();
  });

  it('forgets all of them when somebody signs out', async () => {
    links.use(['a']);
    await vi.advanceTimersByTimeAsync(50);
    isSignedIn.set(false);
    TestBed.tick();
    expect(links.of('a')()).toBeNull();
  });

  it('names a variant in the place of the original', () => {
    const link = { media_id: 'a', url: 'https://m.test/media/a/original?t=x.y', token: '', expires_at: '' };
    expect(addressOf(link, 'thumb_640.webp')).toBe('https://m.test/media/a/thumb_640.webp?t=x.y');
  });
});
