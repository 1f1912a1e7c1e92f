import { Unreachable } from './errors.js';
import type { Pace } from './pace.js';
import type { Frame } from './wire.js';

/** What is used of a WebSocket; browsers, Node.js 22 and the package `ws` have one. */
export interface WebSocketLike {
  send(text: string): void;
  close(code?: number): void;
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'close', listener: (event: { code: number }) => void): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
}

export type WebSocketClass = new (url: string) => WebSocketLike;

/** Who is told what comes of a socket. */
export interface SocketEnds {
  readonly frame: (frame: Frame, socket: LiveSocket) => void;
  readonly closed: (socket: LiveSocket) => void;
}

/** One WebSocket that the server has called ready. */
export class LiveSocket {
  private heardAt = Date.now();
  private heart: ReturnType<typeof setInterval> | undefined;
  private isOpen = true;

  private constructor(
    private readonly socket: WebSocketLike,
    private readonly ends: SocketEnds,
  ) {
    socket.addEventListener('message', (event) => this.onText(String(event.data)));
    socket.addEventListener('close', () => this.onClosed());
    socket.addEventListener('error', () => this.abort());
  }

  /** Opens one and waits until the server is ready; from then on nothing is missed. */
  static open(
    make: WebSocketClass, url: string, hello: { ticket: string; device: string }, pace: Pace, ends: SocketEnds,
  ): Promise<LiveSocket> {
    return new Promise((resolve, reject) => {
      const socket = new make(url);
      const refuse = () => {
        clearTimeout(timer);
        reject(new Unreachable('no live socket'));
      };
      const timer = setTimeout(() => live.abort(), pace.connectMs);
      const frame = (said: Frame) => {
        if (said.t !== 'ready') return;
        clearTimeout(timer);
        live.beat(Math.min(pace.heartbeatMs, (said.heartbeat_s ?? 25) * 1000));
        first.frame = ends.frame;
        first.closed = ends.closed;
        resolve(live);
      };
      const first = { frame: frame as SocketEnds['frame'], closed: refuse as SocketEnds['closed'] };
      const live = new LiveSocket(socket, first);
      socket.addEventListener('open', () => live.say({ t: 'auth', ...hello }));
    });
  }

  /** Says something that need not arrive. */
  say(frame: Readonly<Record<string, unknown>>): void {
    if (!this.isOpen) return;
    try {
      this.socket.send(JSON.stringify(frame));
    } catch {
      this.abort();
    }
  }

  /** Ends it, without waiting for the other side, which may be away. */
  abort(): void {
    try {
      this.socket.close();
    } catch {
      // it never opened
    }
    this.onClosed();
  }

  private onText(text: string): void {
    if (!this.isOpen) return;
    this.heardAt = Date.now();
    const frame = JSON.parse(text) as Frame;
    if (frame.t === 'ping') this.say({ t: 'pong' });
    else if (frame.t !== 'pong') this.ends.frame(frame, this);
  }

  private onClosed(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    clearInterval(this.heart);
    this.ends.closed(this);
  }

  /** Tries the connection: a network that went away says nothing. */
  private beat(everyMs: number): void {
    this.heart = setInterval(() => {
      if (Date.now() - this.heardAt > 2 * everyMs) this.abort();
      else this.say({ t: 'ping' });
    }, everyMs * 0.8);
  }
}
