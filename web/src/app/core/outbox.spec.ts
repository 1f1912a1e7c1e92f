import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';

import { ChatServer } from '../../testing/chat-server';
import { ROOM } from '../../testing/rooms';
import { me } from '../../testing/wire';

import { Api } from './api';
import { Database } from './database';
import { Outbox } from './outbox';
import { ProblemError } from './problem';
import { Session } from './session';

/** Web Locks, which jsdom lacks: one holder of a name at a time. */
class Locks {
  private readonly ends = new Map<string, Promise<unknown>>();

  request<T>(name: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.ends.get(name) ?? Promise.resolve()).then(work, work);
    this.ends.set(name, turn);
    return turn;
  }
}

describe('Outbox', () => {
  let server: ChatServer;

  beforeEach(() => {
    server = new ChatServer();
    Object.defineProperty(navigator, 'locks', { value: new Locks(), configurable: true });
  });

  afterEach(() => TestBed.inject(Database).forget(me.id));

  /** A page that was just loaded. */
  function load(): Outbox {
    TestBed.resetTestingModule();
    TestBed.configureTestingModule({
      providers: [
        { provide: Api, useValue: server.api },
        { provide: Session, useValue: { isSignedIn: signal(true), me: signal(me) } },
      ],
    });
    return TestBed.inject(Outbox);
  }

  const sent = () => server.messages.map((each) => each.text);
  const arrived = (texts: string[]) => vi.waitFor(() => expect(sent()).toEqual(texts), 5_000);
  const empty = (outbox: Outbox) => vi.waitFor(() => expect(outbox.entries()).toEqual([]), 5_000);

  it('sends in the order of writing', async () => {
    const outbox = load();
    await Promise.all(['one', 'two', 'three'].map((text) => outbox.add(ROOM, { text })));
    await arrived(['one', 'two', 'three']);
    await empty(outbox);
  });

  it('sends once though the answer is lost after the commit', async () => {
    const outbox = load();
    server.losesAnswer = true;
    await outbox.add(ROOM, { text: 'hello' });
    await empty(outbox);
    expect(sent()).toEqual(['hello']);
    expect(server.asked('POST /v1/conversations/{conversation_id}/messages')).toBe(2);
  });

  it('keeps what was written without network over a reload, and sends it once', async () => {
    server.isAway = true;
    const before = load();
    await before.add(ROOM, { text: 'one' });
    await before.add(ROOM, { text: 'two' });
    before.clear();
    server.isAway = false;
    const outbox = load();
    await outbox.start();
    await arrived(['one', 'two']);
    await empty(outbox);
  });

  it('sends once though the page was closed between commit and answer', async () => {
    const before = load();
    server.losesAnswer = true;
    await before.add(ROOM, { text: 'hello' });
    await vi.waitFor(() => expect(sent()).toEqual(['hello']));
    before.clear();
    const outbox = load();
    await outbox.start();
    await empty(outbox);
    expect(sent()).toEqual(['hello']);
  });

  it('is sent by one of two tabs', async () => {
    server.isAway = true;
    const one = load();
    await one.add(ROOM, { text: 'hello' });
    const other = load();
    await vi.waitFor(() => expect(server.calls.length).toBeGreaterThan(0));
    server.isAway = false;
    const asked = server.calls.length;
    one.pump();
    await other.start();
    await empty(one);
    await empty(other);
    expect(sent()).toEqual(['hello']);
    expect(server.calls.length - asked).toBe(1);
  });

  it('shows a refusal and lets the next ones pass', async () => {
    const outbox = load();
    server.refuses = new ProblemError({ code: 'blocked', status: 403 });
    await outbox.add(ROOM, { text: 'refused' });
    await outbox.add(ROOM, { text: 'fine' });
    await arrived(['fine']);
    await vi.waitFor(() => expect(outbox.entries()).toMatchObject([{ body: { text: 'refused' }, problem: { code: 'blocked' } }]));
  });

  it('says that one has to wait for its turn, and sends it then', async () => {
    const outbox = load();
    const delays: unknown[] = [];
    outbox.delays.subscribe((each) => delays.push(each));
    server.refuses = new ProblemError({ code: 'slow_mode', status: 429, retry_after_s: 1 });
    await outbox.add(ROOM, { text: 'too soon' });
    await vi.waitFor(() => expect(delays).toEqual([{ place: ROOM, code: 'slow_mode', seconds: 1 }]));
    expect(outbox.entries()).toMatchObject([{ body: { text: 'too soon' } }]);
    await arrived(['too soon']);
  });

  it('tries a refused one again when that is wanted', async () => {
    const outbox = load();
    server.refuses = new ProblemError({ code: 'blocked', status: 403 });
    const id = await outbox.add(ROOM, { text: 'hello' });
    await vi.waitFor(() => expect(outbox.entries()[0]?.problem).toBeDefined());
    await outbox.retry(id);
    await empty(outbox);
    expect(server.messages.map((each) => each.client_msg_id)).toEqual([id]);
  });

  it('takes a new id where the old one was used for something else', async () => {
    const outbox = load();
    server.refuses = new ProblemError({ code: 'idempotency_mismatch', status: 409 });
    const id = await outbox.add(ROOM, { text: 'hello' });
    await vi.waitFor(() => expect(outbox.entries()[0]?.problem).toBeDefined());
    await outbox.retry(id);
    await empty(outbox);
    expect(server.messages[0]?.client_msg_id).not.toBe(id);
  });

  it('forgets one that is not wanted any more', async () => {
    server.isAway = true;
    const outbox = load();
    const id = await outbox.add(ROOM, { text: 'never mind' });
    await outbox.remove(id);
    server.isAway = false;
    const again = load();
    await again.start();
    await empty(again);
    expect(sent()).toEqual([]);
  });
});
