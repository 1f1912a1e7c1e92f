import { Injectable, computed, effect, inject, signal, untracked } from '@angular/core';
import { Subject } from 'rxjs';

import { Api } from './api';
import { Close, type ClientFrame, type ServerFrame } from './frames';
import { LiveSocket } from './live-socket';
import { Polling } from './polling';
import { ProblemError } from './problem';
import { Session } from './session';

/** `live` by WebSocket, `polling` where none opens, `waiting` between attempts. */
export type LiveState = 'off' | 'connecting' | 'live' | 'polling' | 'waiting';

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** After so many sockets that never got ready, though tickets were given, the long poll takes over. */
const FAILURES_UNTIL_POLL = 3;
const SOCKET_AGAIN_MS = 300_000;
/** Spreads the clients of a process that ends. */
const DRAIN_SPREAD_MS = 500;

/** The live path: keeps one connection open while somebody is signed in, and passes its frames on. */
@Injectable({ providedIn: 'root' })
export class Live {
  private readonly api = inject(Api);
  private readonly session = inject(Session);
  private readonly phase = signal<LiveState>('off');
  private readonly said = new Subject<ServerFrame>();
  private readonly readied = new Subject<void>();
  /** New for each page, so that a second tab never takes the first one's place. */
  private readonly device = crypto.randomUUID();
  private readonly watched = new Set<string>();
  private readonly polling = new Polling(this.api, (frames) => frames.forEach((each) => this.said.next(each)));
  /** The socket in use or being opened, and the one it takes over from. */
  private socket: LiveSocket | null = null;
  private leaving: LiveSocket | null = null;
  /** Sockets in a row that never got ready, and attempts of any kind in a row that came to nothing. */
  private refusals = 0;
  private failures = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  readonly state = this.phase.asReadonly();
  readonly isConnected = computed(() => this.phase() === 'live' || this.phase() === 'polling');
  /** Everything that the server says, in order of arrival. */
  readonly frames = this.said.asObservable();
  /** Emits when nothing is missed from now on: ask `sync` each time. */
  readonly ready = this.readied.asObservable();

  constructor() {
    const person = computed(() => (this.session.isSignedIn() ? this.session.me()?.id : undefined));
    effect(() => {
      const id = person();
      untracked(() => {
        this.stop();
        if (id) void this.connect();
      });
    });
    addEventListener('online', () => this.hurry());
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.hurry());
  }

  /** Says something that need not arrive, such as typing. */
  say(frame: ClientFrame): void {
    this.socket?.say(frame);
  }

  /** Follows the presence of a conversation until `unwatch`, over reconnections too. */
  watch(conversation: string): void {
    this.watched.add(conversation);
    this.say({ t: 'watch', conv: conversation });
  }

  unwatch(conversation: string): void {
    this.watched.delete(conversation);
    this.say({ t: 'unwatch', conv: conversation });
  }

  private stop(): void {
    clearTimeout(this.timer);
    this.polling.stop();
    const open = [this.socket, this.leaving];
    this.socket = this.leaving = null;
    open.forEach((each) => each?.close());
    this.refusals = this.failures = 0;
    this.phase.set('off');
  }

  private async connect(): Promise<void> {
    clearTimeout(this.timer);
    if (!this.polling.isOn && !this.leaving) this.phase.set('connecting');
    try {
      const ticket = await this.ticket();
      if (this.phase() !== 'off') this.open(ticket);
    } catch (error) {
      this.notConnected(error);
    }
  }

  private async ticket(): Promise<string> {
    return (await this.api.ask((http) => http.POST('/v1/ws-ticket', {}))).ticket;
  }

  private open(ticket: string): void {
    this.socket = new LiveSocket(`${location.origin.replace(/^http/, 'ws')}/v1/ws`, ticket, this.device, {
      ready: (socket) => this.begin(socket),
      frame: (frame) => this.pass(frame),
      drain: (socket) => this.moveFrom(socket),
      closed: (socket, code) => this.closed(socket, code),
    });
  }

  private begin(socket: LiveSocket): void {
    if (socket !== this.socket) return;
    this.refusals = this.failures = 0;
    this.polling.stop();
    this.leaving?.close();
    this.leaving = null;
    this.phase.set('live');
    this.watched.forEach((conv) => socket.say({ t: 'watch', conv }));
    this.readied.next();
  }

  private pass(frame: ServerFrame): void {
    this.said.next(frame);
    if (frame.t !== 'resync') return;
    this.readied.next();
    // What was joined meanwhile is followed after a new ticket.
    const socket = this.socket;
    void this.ticket().then((ticket) => socket?.authenticate(ticket), () => undefined);
  }

  /** Its process ends: the old socket is heard until the new one is ready. */
  private moveFrom(socket: LiveSocket): void {
    if (socket !== this.socket) return;
    this.leaving = socket;
    this.socket = null;
    this.timer = setTimeout(() => void this.connect(), Math.random() * DRAIN_SPREAD_MS);
  }

  private closed(socket: LiveSocket, code: number): void {
    if (socket === this.leaving) this.leaving = null;
    if (socket !== this.socket) return;
    this.socket = null;
    if (!socket.opened) this.refusals++;
    if (code === Close.notSignedIn) return void this.session.refresh().then(this.wait, this.notConnected);
    if (this.refusals >= FAILURES_UNTIL_POLL && !this.polling.isOn) return this.fallBack();
    this.wait();
  }

  /** No ticket: nobody is signed in any more, or the server is away. */
  private readonly notConnected = (error: unknown): void => {
    if (error instanceof ProblemError && error.status === 401) return;
    this.refusals = 0; // says nothing of sockets
    this.wait();
  };

  private readonly wait = (): void => {
    if (this.phase() === 'off') return;
    if (!this.polling.isOn) this.phase.set('waiting');
    const most = this.polling.isOn ? SOCKET_AGAIN_MS : Math.min(FIRST_WAIT_MS * 2 ** this.failures++, LONGEST_WAIT_MS);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.connect(), most * (0.5 + Math.random() / 2));
  };

  private fallBack(): void {
    this.polling.start(() => {
      this.phase.set('polling');
      this.readied.next();
    });
    this.wait();
  }

  /** The network or the person is back: do not wait any longer. */
  private hurry(): void {
    if (this.phase() === 'waiting') void this.connect();
  }
}
