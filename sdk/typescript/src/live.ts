import type { Api } from './api.js';
import { isTemporary } from './errors.js';
import type { Follower } from './follower.js';
import { LiveSocket, type WebSocketClass } from './live-socket.js';
import { Bell, Pause, type Pace, type Stop } from './pace.js';
import { Polling } from './polling.js';
import type { Frame } from './wire.js';

/** Spreads the clients of a process that ends. */
const DRAIN_SPREAD_MS = 500;
/** After so many sockets in a row that never got ready, though tickets were given, the long poll takes over. */
const REFUSALS_UNTIL_POLL = 3;

/** What the live path needs of the client around it. */
export interface LiveEnds {
  readonly url: string;
  readonly webSocket: WebSocketClass;
  readonly api: Api;
  readonly follower: Follower;
  readonly pace: Pace;
  readonly stopped: Stop;
  /** Called each time that nothing is missed from then on: the network is there. */
  readonly onReady: () => void;
}

/** The live path: keeps a socket open, or polls where none opens, and hands over what comes of it. */
export class Live {
  private readonly device = crypto.randomUUID();
  private readonly lost = new Bell();
  private readonly syncPause: Pause;
  private socket: LiveSocket | null = null;
  /** The one that the next one takes over from; it is heard until then. */
  private leaving: LiveSocket | null = null;
  private isSyncWanted = false;
  private refusals = 0;
  private readonly polling: Polling;

  constructor(private readonly ends: LiveEnds) {
    this.syncPause = new Pause(ends.pace, ends.stopped);
    const { api, pace, stopped } = ends;
    const onFrame = (frame: Frame): void => this.onFrame(frame, null);
    this.polling = new Polling({ api, pace, pause: new Pause(pace, stopped), onFrame, onBegan: () => this.begin() });
    ends.stopped.add(() => this.stop());
  }

  /** Follows until everything stops. */
  async run(): Promise<void> {
    await Promise.all([this.connectForever(), this.syncForever()]);
  }

  /** Says something that need not arrive. */
  say(frame: Readonly<Record<string, unknown>>): void {
    this.socket?.say(frame);
  }

  private stop(): void {
    this.socket?.abort();
    this.leaving?.abort();
    this.lost.ring();
  }

  private async connectForever(): Promise<void> {
    const { stopped, pace } = this.ends;
    const pause = new Pause(pace, stopped);
    while (!stopped.isSet) {
      try {
        await this.connect();
      } catch (failure) {
        if (stopped.isSet) return;
        if (!isTemporary(failure)) throw failure;
        if (this.refusals >= REFUSALS_UNTIL_POLL) await this.pollForAWhile();
        else await pause.after(failure);
        continue;
      }
      pause.reset();
      await this.lost.heard();
      if (this.leaving) await pause.wait(Math.random() * DRAIN_SPREAD_MS);
      else await pause.after();
    }
  }

  private async connect(): Promise<void> {
    const { webSocket, url, pace, stopped } = this.ends;
    const refusals = this.refusals;
    this.refusals = 0; // a server that gives no tickets says nothing of sockets
    const hello = { ticket: await this.ticket(), device: this.device };
    if (stopped.isSet) return;
    this.refusals = refusals + 1;
    const socket = await LiveSocket.open(webSocket, url, hello, pace, { frame: this.onFrame, closed: this.onClosed });
    if (stopped.isSet) return socket.abort();
    this.refusals = 0;
    this.socket = socket;
    this.leaving?.abort();
    this.leaving = null;
    this.begin();
  }

  /** Polls until it is time to try a socket again. */
  private async pollForAWhile(): Promise<void> {
    const { stopped, pace } = this.ends;
    const over = new AbortController();
    const end = (): void => over.abort();
    const timer = setTimeout(end, pace.socketAgainMs * (0.5 + Math.random() / 2));
    stopped.add(end);
    try {
      await this.polling.run(over.signal);
    } finally {
      clearTimeout(timer);
      stopped.remove(end);
    }
  }

  /** From now on nothing is missed; what was, is asked for. */
  private begin(): void {
    this.ends.onReady();
    this.wantSync();
  }

  private async ticket(): Promise<string> {
    return (await this.ends.api.ask((http) => http.POST('/v1/ws-ticket'))).ticket;
  }

  /** Takes over what a socket says, or a poll, which has none. */
  private readonly onFrame = (frame: Frame, socket: LiveSocket | null): void => {
    if (frame.t === 'drain' && socket) this.moveFrom(socket);
    else if (frame.t === 'resync') {
      this.wantSync();
      // A new ticket lets the socket follow what was joined while pushes were lost.
      if (socket) this.ticket().then((ticket) => socket.say({ t: 'auth', ticket, device: this.device }), () => undefined);
    } else this.ends.follower.onFrame(frame);
  };

  private moveFrom(socket: LiveSocket): void {
    if (socket !== this.socket) return;
    this.leaving = socket;
    this.socket = null;
    this.lost.ring();
  }

  private readonly onClosed = (socket: LiveSocket): void => {
    if (socket === this.leaving) this.leaving = null;
    if (socket !== this.socket) return;
    this.socket = null;
    this.lost.ring();
  };

  private wantSync(): void {
    this.isSyncWanted = true;
    this.syncPause.hurry();
  }

  private async syncForever(): Promise<void> {
    const { stopped, pace, follower } = this.ends;
    while (!stopped.isSet) {
      if (!this.isSyncWanted) await this.syncPause.wait(pace.syncMs);
      if (stopped.isSet) return;
      this.isSyncWanted = false;
      try {
        await follower.sync();
        this.syncPause.reset();
      } catch (failure) {
        if (stopped.isSet) return;
        if (!isTemporary(failure)) throw failure;
        await this.syncPause.after(failure);
        this.isSyncWanted = true;
      }
    }
  }
}
