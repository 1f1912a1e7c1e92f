import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { Subject } from 'rxjs';

import { Api } from '@core/api';
import { Live } from '@core/live';
import { Session } from '@core/session';

import { KnownMedia } from './known-media';
import { type Media, MediaStore } from './media-store';

function aMedia(id: string, change: Partial<Media> = {}): Media {
  return {
    id, owner_id: 'o', ver: 1, kind: 'picture', state: 'ready', name: 'sea.jpg', mime: 'image/jpeg', size: 1, width: 4, height: 3, duration_s: null,
    thumbhash: null, waveform: null, pages: null, progress: 100, variants: [], error: null, created_at: '2026-01-01T00:00:00Z', ...change,
  };
}

describe('MediaStore', () => {
  const frames = new Subject<unknown>();
  const ready = new Subject<void>();
  let asked: string[][];
  let there: Media[];
  let store: MediaStore;

  beforeEach(() => {
    vi.useFakeTimers();
    [asked, there] = [[], []];
    const post = (_: string, { body }: { body: { ids: string[] } }) => {
      asked.push(body.ids);
      return Promise.resolve({ items: there.filter((each) => body.ids.includes(each.id)) });
    };
    TestBed.configureTestingModule({
      providers: [
        { provide: Api, useValue: { ask: (call: (http: unknown) => unknown) => call({ POST: post }) } },
        { provide: Live, useValue: { frames, ready } },
        { provide: Session, useValue: { isSignedIn: signal(true), me: signal({ id: 'o' }) } },
        { provide: KnownMedia, useValue: { load: () => Promise.resolve(new Map([['kept', aMedia('kept')]])), learn: () => undefined, lose: () => undefined, forget: () => undefined } },
      ],
    });
    store = TestBed.inject(MediaStore);
  });

  afterEach(() => vi.useRealTimers());

  it('asks for what a screen shows at once, but for what it knows', async () => {
    there = [aMedia('a'), aMedia('b')];
    store.watch(['a', 'kept']);
    store.watch(['b', 'a']);
    await vi.advanceTimersByTimeAsync(50);
    expect(asked).toEqual([['a', 'b']]);
    expect(store.of('a')()?.name).toBe('sea.jpg');
    expect(store.of('kept')()?.id).toBe('kept');
  });

  it('asks again for what a message carries that has just arrived', async () => {
    store.watch(['a']);
    await vi.advanceTimersByTimeAsync(100);
    expect(store.of('a')()).toBeUndefined();
    there = [aMedia('a')];
    await vi.advanceTimersByTimeAsync(1_000);
    expect(store.of('a')()?.state).toBe('ready');
  });

  it('says in the end that there is no such media', async () => {
    store.watch(['a']);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(store.of('a')()).toBeNull();
    expect(asked).toHaveLength(5);
  });

  it('follows what the live path tells', () => {
    frames.next({ t: 'media_event', conv: 'c', type: 'media.changed', data: aMedia('a', { state: 'processing', progress: 40 }) });
    expect(store.of('a')()?.progress).toBe(40);
    frames.next({ t: 'user_event', type: 'media.removed', data: { id: 'a' } });
    expect(store.of('a')()).toBeNull();
  });

  it('is not taken back by what was overtaken', () => {
    const told = (change: Partial<Media>) =>
      frames.next({ t: 'media_event', conv: 'c', type: 'media.changed', data: aMedia('a', change) });
    told({ ver: 3 });
    told({ ver: 2, state: 'processing' });
    expect(store.of('a')()?.state).toBe('ready');
    frames.next({ t: 'user_event', type: 'media.removed', data: { id: 'a' } });
    told({ ver: 4 });
    expect(store.of('a')()).toBeNull();
  });

  it('asks after a reconnection for what was being processed, and for nothing else', async () => {
    there = [aMedia('a', { state: 'queued' }), aMedia('b')];
    store.watch(['a', 'b']);
    await vi.advanceTimersByTimeAsync(50);
    there = [aMedia('a'), aMedia('b')];
    ready.next();
    await vi.advanceTimersByTimeAsync(50);
    expect(asked.slice(1)).toEqual([['a']]);
    expect(store.of('a')()?.state).toBe('ready');
  });
});
