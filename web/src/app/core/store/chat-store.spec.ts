import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { Subject } from 'rxjs';

import { ChatServer } from '../../../testing/chat-server';
import { BEN, ROOM } from '../../../testing/rooms';
import { me } from '../../../testing/wire';
import { Api } from '../api';
import { Database } from '../database';
import type { ServerFrame } from '../frames';
import { Live } from '../live';
import { Session } from '../session';

import { ChatStore } from './chat-store';
import { Logs } from './logs';
import { Sync } from './sync';

describe('ChatStore', () => {
  let server: ChatServer;
  let frames: Subject<ServerFrame>;
  let ready: Subject<void>;
  let store: ChatStore;
  const isSignedIn = signal(true);

  beforeEach(() => {
    isSignedIn.set(true);
    server = new ChatServer();
  });

  afterEach(async () => {
    isSignedIn.set(false);
    TestBed.tick();
    await TestBed.inject(Database).forget(me.id);
  });

  /** A page that was just loaded, by somebody who is signed in. */
  async function load(isConnected = true): Promise<void> {
    TestBed.resetTestingModule();
    frames = new Subject();
    ready = new Subject();
    const live = { frames, ready, isConnected: signal(true), say: () => undefined };
    TestBed.configureTestingModule({
      providers: [
        { provide: Api, useValue: server.api },
        { provide: Live, useValue: live },
        { provide: Session, useValue: { isSignedIn, me: signal(me) } },
      ],
    });
    store = TestBed.inject(ChatStore);
    TestBed.tick();
    if (isConnected) await connect();
  }

  async function connect(): Promise<void> {
    ready.next();
    // Both lists at once, and the first one again when nothing is missed any more.
    await vi.waitFor(() => expect(server.asked('GET /v1/conversations')).toBe(3));
    await settled();
  }

  /** Opens the conversation as its page does, and looks at its end. */
  async function open(): Promise<void> {
    await store.open(ROOM);
    TestBed.inject(Logs).want(ROOM, 1, 200);
    await vi.waitFor(() => expect(texts()).toHaveLength(server.messages.length));
  }

  function texts(): string[] {
    const log = store.messages(ROOM);
    const { seq } = store.conversation(ROOM)()!;
    const found = Array.from({ length: seq }, (_, at) => log.at(at + 1)?.text ?? '');
    return found.filter((each) => each !== '');
  }

  function settled(): Promise<void> {
    return new Promise((done) => setTimeout(done, 20));
  }

  it('lists what there is, and what comes', async () => {
    server.say();
    await load();
    expect(store.conversations().map((each) => each.last_message?.text)).toEqual(['text 1']);
    frames.next(server.say());
    expect(store.conversations()[0]).toMatchObject({ seq: 2, ver: 2, unread: 2, last_message: { text: 'text 2' } });
  });

  it('lists what there is before the live path is there', async () => {
    server.say();
    await load(false);
    await vi.waitFor(() => expect(store.conversations()).toHaveLength(1));
    server.say();
    await connect();
    expect(store.conversations()[0]).toMatchObject({ seq: 2, unread: 2, last_message: { text: 'text 2' } });
  });

  it('applies a frame that comes twice once', async () => {
    await load();
    await open();
    const frame = server.say();
    frames.next(frame);
    frames.next(frame);
    expect(store.conversations()[0]!.unread).toBe(1);
    expect(texts()).toEqual(['text 1']);
  });

  it('puts frames in order that come out of order, and asks nobody', async () => {
    await load();
    await open();
    const [first, second] = [server.say(), server.edit(1, 'better')];
    frames.next(second);
    expect(texts()).toEqual([]);
    frames.next(first);
    expect(texts()).toEqual(['better']);
    expect(server.asked('GET /v1/conversations/{conversation_id}/changes')).toBe(0);
  });

  it('asks for a frame that was lost', async () => {
    await load();
    await open();
    server.say();
    frames.next(server.say());
    await vi.waitFor(() => expect(texts()).toEqual(['text 1', 'text 2']));
    expect(server.asked('GET /v1/conversations/{conversation_id}/changes')).toBe(1);
  });

  it('goes on asking for a lost frame while the server is away', async () => {
    await load();
    await open();
    server.say();
    server.isAway = true;
    frames.next(server.say());
    await vi.waitFor(() => expect(server.asked('GET /v1/conversations/{conversation_id}/changes')).toBe(1));
    server.isAway = false;
    await vi.waitFor(() => expect(texts()).toEqual(['text 1', 'text 2']), 6_000);
  });

  it('misses nothing of what happened while it was not connected', async () => {
    server.say();
    await load();
    await open();
    server.say();
    server.edit(1, 'edited meanwhile');
    ready.next();
    await vi.waitFor(() => expect(texts()).toEqual(['edited meanwhile', 'text 2']));
    expect(store.conversation(ROOM)()!.ver).toBe(3);
  });

  it('begins anew where older data was restored, and keeps nothing of before', async () => {
    server.say();
    await load();
    await open();
    const reload = vi.fn();
    TestBed.inject(Sync).reload = reload;
    ready.next();
    await vi.waitFor(() => expect(server.asked('POST /v1/sync')).toBe(1));
    await settled();
    server.epoch = '2';
    ready.next();
    await vi.waitFor(() => expect(reload).toHaveBeenCalledOnce());
    const kept = await (await TestBed.inject(Database).open(me.id)).getAllKeys('cache');
    expect(kept).toEqual(['epoch']);
  });

  it('knows whose reaction is its own though frames are the same for all', async () => {
    server.say();
    await load();
    await open();
    frames.next(server.react(1, '👍', me.id, 1));
    frames.next(server.react(1, '👍', BEN, 2));
    frames.next(server.react(1, '❤️', BEN, 1));
    expect(store.messages(ROOM).at(1)!.reactions).toEqual([
      { emoji: '👍', count: 2, mine: true },
      { emoji: '❤️', count: 1, mine: false },
    ]);
  });

  it('shows the last state at once after a reload without network', async () => {
    server.say();
    server.say();
    await load();
    await open();
    await new Promise((done) => setTimeout(done, 1_200));
    server.isAway = true;
    await load(false);
    void store.open(ROOM);
    await vi.waitFor(() => expect(texts()).toEqual(['text 1', 'text 2']));
  });

  it('shows a message at once, and once when it is stored', async () => {
    await load();
    await open();
    const sending = store.send(ROOM, { text: 'hello' });
    expect(store.unsent(ROOM)()).toMatchObject([{ text: 'hello', state: 'sending', seq: null }]);
    await sending;
    await vi.waitFor(() => expect(texts()).toEqual(['hello']));
    expect(store.unsent(ROOM)()).toEqual([]);
    frames.next(server.changes.at(-1)! as unknown as ServerFrame);
    expect(texts()).toEqual(['hello']);
    expect(store.conversation(ROOM)()).toMatchObject({ seq: 1, ver: 1, unread: 0 });
  });

  it('shows a message once where its conversation was fetched before its frame came', async () => {
    await load();
    await open();
    server.losesAnswer = true;
    await store.send(ROOM, { text: 'hello' });
    await vi.waitFor(() => expect(server.messages).toHaveLength(1));
    store.conversationChanged(server.conversation);
    TestBed.inject(Logs).want(ROOM, 1, 200);
    await vi.waitFor(() => expect(texts()).toEqual(['hello']));
    expect(store.unsent(ROOM)()).toEqual([]);
  });

  it('takes its message from the frame where that is faster than the answer', async () => {
    await load();
    await open();
    server.losesAnswer = true;
    await store.send(ROOM, { text: 'hello' });
    await vi.waitFor(() => expect(server.messages).toHaveLength(1));
    frames.next(server.changes.at(-1)! as unknown as ServerFrame);
    expect(store.unsent(ROOM)()).toEqual([]);
    expect(texts()).toEqual(['hello']);
  });

  it('does not take a receipt back that overtook an answer', async () => {
    server.say({ author_id: me.id });
    await load();
    await open();
    frames.next({ t: 'receipt', conv: ROOM, user: BEN, read_seq: 1 });
    await store.refresh(ROOM);
    expect(store.conversation(ROOM)()!.members!.find((each) => each.user_id === BEN)!.read_seq).toBe(1);
  });

  it('forgets a conversation that one has left', async () => {
    server.say();
    await load();
    frames.next({ t: 'user_event', type: 'conversation.left', data: { conversation_id: ROOM } });
    expect(store.conversations()).toEqual([]);
  });

  it('keeps nothing of somebody who signs out', async () => {
    server.say();
    await load();
    isSignedIn.set(false);
    TestBed.tick();
    expect(store.conversations()).toEqual([]);
  });
});
