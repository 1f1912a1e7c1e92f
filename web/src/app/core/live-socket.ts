import type { ClientFrame, ControlFrame, ServerFrame } from './frames';

export interface SocketListener {
  ready(socket: LiveSocket): void;
  frame(frame: ServerFrame): void;
  drain(socket: LiveSocket): void;
  closed(socket: LiveSocket, code: number): void;
}

/** How long a socket may take to open and say `ready`. */
const PATIENCE_MS = 12_000;

/** One WebSocket of the live path, from its ticket to its end. */
export class LiveSocket {
  private readonly socket: WebSocket;
  private heartbeatMs = 25_000;
  private heard = Date.now();
  private beat: ReturnType<typeof setInterval> | undefined;
  private readonly patience: ReturnType<typeof setTimeout>;
  private over = false;
  opened = false;

  constructor(
    address: string,
    private readonly ticket: string,
    private readonly device: string,
    private readonly listener: SocketListener,
  ) {
    this.socket = new WebSocket(address);
    this.socket.onopen = () => this.authenticate(this.ticket);
    this.socket.onmessage = (event: MessageEvent<unknown>) => this.hear(event.data);
    this.socket.onclose = (event) => this.end(event.code);
    this.patience = setTimeout(() => this.close(), PATIENCE_MS);
  }

  /** Says who this is; again with a new ticket, it renews what the socket follows. */
  authenticate(ticket: string): void {
    this.say({ t: 'auth', ticket, device: this.device });
  }

  say(frame: ClientFrame): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  /** Ends it; its listener hears so at once, for a dead network answers no closing. */
  close(): void {
    this.socket.close();
    this.end(1006);
  }

  private hear(data: unknown): void {
    if (this.over || typeof data !== 'string') return;
    this.heard = Date.now();
    const frame = JSON.parse(data) as ServerFrame | ControlFrame;
    switch (frame.t) {
      case 'ready':
        return this.begin(frame.heartbeat_s);
      case 'ping':
        return this.say({ t: 'pong' });
      case 'drain':
        return this.listener.drain(this);
      case 'pong':
      case 'error':
        return;
      default:
        return this.listener.frame(frame);
    }
  }

  private begin(heartbeatS: number): void {
    clearTimeout(this.patience);
    clearInterval(this.beat);
    this.heartbeatMs = heartbeatS * 1000;
    this.beat = setInterval(() => this.check(), this.heartbeatMs * 0.8);
    this.opened = true;
    this.listener.ready(this);
  }

  private check(): void {
    if (Date.now() - this.heard > this.heartbeatMs * 2) return this.close();
    this.say({ t: 'ping' });
  }

  private end(code: number): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.patience);
    clearInterval(this.beat);
    this.listener.closed(this, code);
  }
}
