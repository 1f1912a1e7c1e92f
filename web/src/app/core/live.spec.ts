import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';

import { FakeSocket } from '../../testing/socket';
import { me } from '../../testing/wire';

import { Api } from './api';
import type { ServerFrame } from './frames';
import { Live } from './live';
import { ProblemError } from './problem';
import { Session } from './session';

const READY = { t: 'ready', user: me.id, heartbeat_s: 25 };
const EVENT = { t: 'event', conv: 'c', ver: 7, type: 'message.created', data: {} };

/** The API as far as the live path asks it. */
class FakeApi {
  tickets = 0;
  polls: { cursor?: string; timeout: number }[] = [];
  away = false;
  pollAnswers: { frames: unknown[]; cursor: string }[] = [];

  ask(call: (http: unknown) => unknown): unknown {
    return call({ POST: (path: string, options: { body: { timeout: number } }) => this.post(path, options) });
  }

  private post(path: string, { body }: { body: { timeout: number } }): Promise<unknown> {
    if (this.away) return Promise.reject(ProblemError.offline());
    if (path === '/v1/ws-ticket') return Promise.resolve({ ticket: `ticket-${++this.tickets}` });
    this.polls.push(body);
    const answer = this.pollAnswers.shift();
    return answer ? Promise.resolve(answer) : new Promise(() => undefined);
  }
}

describe('Live', () => {
  let api: FakeApi;
  let live: Live;
  let heard: ServerFrame[];
  let readied: number;
  const isSignedIn = signal(true);
  const refresh = vi.fn(() => Promise.resolve());

  beforeEach(async () => {
    vi.useFakeTimers();
    vi.stubGlobal('WebSocket', FakeSocket);
    vi.spyOn(Math, 'random').mockReturnValue(1);
    FakeSocket.made = [];
    isSignedIn.set(true);
    refresh.mockClear();
    api = new FakeApi();
    TestBed.configureTestingModule({
      providers: [
        { provide: Api, useValue: api },
        { provide: Session, useValue: { isSignedIn, me: signal(me), refresh } },
      ],
    });
    live = TestBed.inject(Live);
    heard = [];
    readied = 0;
    live.frames.subscribe((frame) => heard.push(frame));
    live.ready.subscribe(() => readied++);
    await pass(0);
  });

  afterEach(() => {
    isSignedIn.set(false);
    TestBed.tick();
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  async function pass(ms: number): Promise<void> {
    TestBed.tick();
    await vi.advanceTimersByTimeAsync(ms);
  }

  async function connect(): Promise<FakeSocket> {
    FakeSocket.last.open();
    FakeSocket.last.hear(READY);
    await pass(0);
    return FakeSocket.last;
  }

  it('signs in by a ticket, and says when nothing is missed any more', async () => {
    const socket = await connect();
    expect(socket.url).toMatch(/^ws:.*\/v1\/ws$/);
    expect(socket.sent[0]).toMatchObject({ t: 'auth', ticket: 'ticket-1' });
    expect(live.state()).toBe('live');
    expect(readied).toBe(1);
  });

  it('passes on events and keeps what concerns the connection to itself', async () => {
    const socket = await connect();
    socket.hear(EVENT);
    socket.hear({ t: 'ping' });
    socket.hear({ t: 'error', code: 'x', detail: '' });
    expect(heard).toEqual([EVENT]);
    expect(socket.sent).toContainEqual({ t: 'pong' });
  });

  it('is heard from at least every 25 s', async () => {
    const socket = await connect();
    await pass(24_000);
    expect(socket.sent).toContainEqual({ t: 'ping' });
  });

  it('connects again after a silence, since a dead network says nothing', async () => {
    await connect();
    await pass(70_000);
    expect(FakeSocket.made.length).toBeGreaterThan(1);
  });

  it('connects again with a growing pause when the process ends', async () => {
    (await connect()).end(4503);
    expect(live.state()).toBe('waiting');
    await pass(1_000);
    expect(FakeSocket.made).toHaveLength(2);
    FakeSocket.last.end(1006);
    await pass(1_500);
    expect(FakeSocket.made).toHaveLength(2);
    await pass(500);
    expect(FakeSocket.made).toHaveLength(3);
  });

  it('hears the old socket until the new one is ready when it is asked to move', async () => {
    const old = await connect();
    old.hear({ t: 'drain' });
    await pass(600);
    expect(FakeSocket.made).toHaveLength(2);
    old.hear(EVENT);
    expect(heard).toEqual([EVENT]);
    expect(live.state()).toBe('live');
    old.end(4503);
    await connect();
    expect(live.state()).toBe('live');
    expect(readied).toBe(2);
    await pass(60_000);
    expect(FakeSocket.made).toHaveLength(2);
  });

  it('renews the session when it was not signed in any more', async () => {
    (await connect()).end(4401);
    await pass(0);
    expect(refresh).toHaveBeenCalledOnce();
    await pass(1_000);
    expect(FakeSocket.made).toHaveLength(2);
  });

  it('stops when somebody signs out', async () => {
    await connect();
    isSignedIn.set(false);
    await pass(60_000);
    expect(live.state()).toBe('off');
    expect(FakeSocket.made).toHaveLength(1);
  });

  it('watches again after it connected again', async () => {
    const socket = await connect();
    live.watch('c1');
    expect(socket.sent).toContainEqual({ t: 'watch', conv: 'c1' });
    socket.end(4503);
    await pass(1_000);
    expect((await connect()).sent).toContainEqual({ t: 'watch', conv: 'c1' });
  });

  it('asks for everything after a resync, and follows what was joined', async () => {
    const socket = await connect();
    socket.hear({ t: 'resync' });
    await pass(0);
    expect(readied).toBe(2);
    expect(socket.sent).toContainEqual(expect.objectContaining({ t: 'auth', ticket: 'ticket-2' }));
  });

  it('polls where no socket opens though the server answers', async () => {
    api.pollAnswers = [
      { frames: [], cursor: 'one' },
      { frames: [EVENT], cursor: 'two' },
    ];
    for (let tried = 0; tried < 3; tried++) {
      FakeSocket.last.end(1006);
      await pass(8_000);
    }
    expect(live.state()).toBe('polling');
    expect(readied).toBe(1);
    expect(heard).toEqual([EVENT]);
    expect(api.polls.map((each) => each.cursor)).toEqual([undefined, 'one', 'two']);
  });

  it('does not blame sockets for a server that is away', async () => {
    api.away = true;
    (await connect()).end(1006);
    await pass(300_000);
    expect(live.state()).not.toBe('polling');
    expect(api.polls).toHaveLength(0);
  });
});
