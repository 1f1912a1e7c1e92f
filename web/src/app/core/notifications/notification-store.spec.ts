import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { Subject } from 'rxjs';

import { me } from '../../../testing/wire';
import { Api } from '../api';
import type { ServerFrame } from '../frames';
import { Live } from '../live';
import { ProblemError } from '../problem';
import { Session } from '../session';

import { type Notice, NotificationStore } from './notification-store';

function aNotice(id: string, read = false): Notice {
  return { id, read } as Notice;
}

class FakeApi {
  items: Notice[] = [];
  unread = 0;
  told: unknown[] = [];
  refuses = false;
  pages = 0;

  ask(call: (http: unknown) => unknown): unknown {
    return call({
      GET: async () => (this.pages++, { items: this.items, next: null, unread: this.unread }),
      POST: async (_path: string, { body }: { body: unknown }) => {
        if (this.refuses) throw ProblemError.offline();
        this.told.push(body);
        return { unread: --this.unread };
      },
    });
  }
}

describe('NotificationStore', () => {
  let api: FakeApi;
  let store: NotificationStore;
  const frames = new Subject<ServerFrame>();
  const ready = new Subject<void>();

  beforeEach(() => {
    api = new FakeApi();
    api.items = [aNotice('b'), aNotice('a')];
    api.unread = 2;
    TestBed.configureTestingModule({
      providers: [
        { provide: Api, useValue: api },
        { provide: Live, useValue: { frames, ready } },
        { provide: Session, useValue: { me: signal(me) } },
      ],
    });
    store = TestBed.inject(NotificationStore);
    TestBed.tick();
  });

  async function settle(): Promise<void> {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
  }

  function changed(unread: number, as_of: string): void {
    frames.next({ t: 'user_event', type: 'notifications.changed', data: { unread, as_of } });
  }

  it('counts without loading the list while nobody looks at it', async () => {
    ready.next();
    await settle();
    expect(store.unread()).toBe(2);
    expect(store.items()).toEqual([]);
    changed(3, '2026-05-01T10:00:00Z');
    await settle();
    expect(api.pages).toBe(1);
  });

  it('drops a count that is older than what it has', () => {
    changed(5, '2026-05-01T10:00:01Z');
    changed(9, '2026-05-01T10:00:00Z');
    expect(store.unread()).toBe(5);
  });

  it('loads the list again when something changes while somebody looks', async () => {
    await store.load();
    api.items = [aNotice('c'), ...api.items];
    changed(3, '2026-05-01T10:00:00Z');
    await settle();
    expect(store.items().map((each) => each.id)).toEqual(['c', 'b', 'a']);
  });

  it('marks one as read at once', async () => {
    await store.load();
    const told = store.markRead('a');
    expect(store.items().map((each) => each.read)).toEqual([false, true]);
    await told;
    expect(api.told).toEqual([{ ids: ['a'] }]);
    expect(store.unread()).toBe(1);
  });

  it('marks all as read up to the newest that is shown', async () => {
    await store.load();
    await store.markAllRead();
    expect(api.told).toEqual([{ up_to: 'b' }]);
    expect(store.items().every((each) => each.read)).toBe(true);
  });

  it('shows what the server has when it could not be told', async () => {
    await store.load();
    api.refuses = true;
    await expect(store.markRead('a')).rejects.toMatchObject({ code: 'offline' });
    await settle();
    expect(store.items().every((each) => !each.read)).toBe(true);
  });
});
