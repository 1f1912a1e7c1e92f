import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { Subject } from 'rxjs';

import { aChannel, aPost } from '../../../testing/channels';
import { me } from '../../../testing/wire';
import { Api } from '../api';
import { Badges } from '../badges';
import type { ServerFrame } from '../frames';
import { Live } from '../live';
import { ProblemError } from '../problem';
import { Session } from '../session';

import type { Channel } from './channel';
import { ChannelStore } from './channel-store';

/** The API as far as the store asks it: its channels are those of the test. */
class FakeApi {
  mine: Channel[] = [];
  others: Channel[] = [];
  asked: string[] = [];

  ask(call: (http: unknown) => unknown): unknown {
    const method = (name: string) => (path: string, options: { params?: { path?: { channel_id?: string } } }) => {
      this.asked.push(`${name} ${path}`);
      return this.answer(path, options.params?.path?.channel_id ?? '');
    };
    return call({ GET: method('GET'), POST: method('POST'), DELETE: method('DELETE') });
  }

  private async answer(path: string, id: string): Promise<unknown> {
    if (path === '/v1/channels/mine') return { items: this.mine, next: null };
    if (path.endsWith('/posts')) return { items: [aPost(5, { channel_id: id })], next: null };
    const found = [...this.mine, ...this.others].find((each) => each.id === id);
    if (path.endsWith('/subscription') || path.endsWith('/read')) return found?.subscription;
    if (!found) throw new ProblemError({ code: 'unknown_channel', status: 404 });
    return found;
  }
}

describe('ChannelStore', () => {
  let api: FakeApi;
  let store: ChannelStore;
  const frames = new Subject<ServerFrame>();
  const ready = new Subject<void>();

  beforeEach(async () => {
    api = new FakeApi();
    api.mine = [aChannel()];
    TestBed.configureTestingModule({
      providers: [
        { provide: Api, useValue: api },
        { provide: Live, useValue: { frames, ready } },
        { provide: Session, useValue: { me: signal(me) } },
      ],
    });
    store = TestBed.inject(ChannelStore);
    TestBed.tick();
    ready.next();
    await settle();
  });

  async function settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    TestBed.tick();
  }

  function entry(type: string, seq: number, data: unknown): void {
    frames.next({ t: 'channel_event', channel: 'channel', seq, type, data: data as Record<string, unknown> });
  }

  function personal(type: string, data: Record<string, unknown>): void {
    frames.next({ t: 'user_event', type, data: { channel_id: 'channel', ...data } });
  }

  const unread = () => store.channel('channel')?.unread;
  const badge = () => (TestBed.tick(), TestBed.inject(Badges).channels());

  it('lists what one follows as soon as nothing is missed any more', () => {
    expect(store.state()).toBe('loaded');
    expect(store.mine().map((each) => each.id)).toEqual(['channel']);
    expect(store.newest('channel')?.seq).toBe(5);
  });

  it('counts a new post of somebody, and not one of one’s own', () => {
    entry('post.published', 6, aPost(6));
    expect(unread()).toBe(1);
    entry('post.published', 7, aPost(7, { author_id: me.id }));
    expect(unread()).toBe(1);
    expect(store.newest('channel')?.seq).toBe(7);
    expect(badge()).toBe(1);
  });

  it('misses nothing of a channel that comes while the list is being asked for', async () => {
    store.forget('channel');
    ready.next();
    entry('post.published', 6, aPost(6));
    api.mine = [aChannel({ seq: 6, unread: 1 })];
    await settle();
    expect([store.channel('channel')?.seq, unread()]).toEqual([6, 1]);
  });

  it('keeps what a frame said while an older list was on its way', async () => {
    ready.next();
    entry('post.published', 6, aPost(6));
    await settle();
    expect([store.channel('channel')?.seq, unread()]).toEqual([6, 1]);
  });

  it('takes an entry in once', () => {
    entry('post.published', 6, aPost(6));
    entry('post.published', 6, aPost(6));
    expect(unread()).toBe(1);
  });

  it('asks for the channel when entries are missing', async () => {
    api.mine = [aChannel({ seq: 9, unread: 4 })];
    entry('post.published', 9, aPost(9));
    await settle();
    expect(unread()).toBe(4);
  });

  it('counts nothing for the badge where somebody wants no notifications', () => {
    personal('channel.level', { level: 'silent' });
    entry('post.published', 6, aPost(6));
    expect(unread()).toBe(1);
    expect(badge()).toBe(0);
  });

  it('follows what was read on another device', () => {
    entry('post.published', 6, aPost(6));
    personal('channel.read', { read_seq: 6, unread: 0 });
    expect(unread()).toBe(0);
    expect(store.channel('channel')?.subscription?.read_seq).toBe(6);
  });

  it('takes a changed title in', () => {
    entry('channel.updated', 6, { title: 'Valley news' });
    expect(store.mine()[0]?.title).toBe('Valley news');
  });

  it('forgets a private channel that one has left, and keeps a public one to look at', () => {
    personal('channel.left', {});
    expect(store.mine()).toEqual([]);
    expect(store.channel('channel')).toMatchObject({ subscription: null, follower_count: 1 });
    store.put(aChannel({ id: 'private', visibility: 'private' }));
    personal('channel.left', { channel_id: 'private' });
    expect(store.channel('private')).toBeUndefined();
  });

  it('counts itself once when it follows, whether the answer or the frame comes first', async () => {
    api.others = [aChannel({ id: 'other', follower_count: 8 })];
    store.put(aChannel({ id: 'other', follower_count: 7, subscription: null }));
    await store.follow('other');
    expect(store.channel('other')?.follower_count).toBe(8);
    personal('channel.joined', { channel_id: 'other' });
    await settle();
    expect(store.channel('other')?.follower_count).toBe(8);
  });

  it('catches up with what sync says', async () => {
    api.mine = [aChannel({ seq: 8, unread: 3 }), aChannel({ id: 'new' })];
    await store.catchUp([
      { channel: 'channel', seq: 8, unread: 3 },
      { channel: 'new', seq: 5, unread: 0 },
    ]);
    expect(unread()).toBe(3);
    expect(store.heads()).toEqual({ channel: 8, new: 5 });
    await store.catchUp([{ channel: 'new', seq: 5, unread: 0, gone: true }]);
    expect(store.mine().map((each) => each.id)).toEqual(['channel']);
  });
});
