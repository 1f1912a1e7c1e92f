import { Api, patientFetch } from './api.js';
import { type Answering, Commands } from './commands.js';
import { SessionEnded } from './errors.js';
import { Handlers, type Handler, type OnHandlerError } from './events.js';
import { Follower } from './follower.js';
import type { WebSocketClass } from './live-socket.js';
import { Live } from './live.js';
import { Outbox, type Body, type Sending } from './outbox.js';
import { PACE, Stop, type Pace } from './pace.js';
import { Session, type Me } from './session.js';
import { MemoryStorage, Store, type Storage } from './storage.js';

export interface Options {
  /** Keeps what shall outlive the process; memory unless told. */
  readonly storage?: Storage;
  readonly pace?: Partial<Pace>;
  /** Called with each new refresh token, for programs that stay signed in across restarts. */
  readonly onRefreshToken?: (token: string) => void;
  /** Told what a handler threw; `console.error` unless told. */
  readonly onHandlerError?: OnHandlerError;
  /** The class of sockets, where there is no global one, as in Node.js 20: that of the package `ws`. */
  readonly webSocket?: WebSocketClass;
}

/** A client of one Charla, for one account. */
export class Charla {
  readonly session: Session;
  readonly api: Api;
  readonly outbox: Outbox;
  private readonly url: string;
  private readonly pace: Pace;
  private readonly store: Store;
  private readonly handlers: Handlers;
  private readonly webSocket: WebSocketClass | undefined;
  private readonly commands: Commands;
  private live: Live | null = null;
  private stopping: Stop | null = null;
  private connectedWaiters: (() => void)[] = [];

  /** Use `Charla.open`. */
  private constructor(url: string, options: Options) {
    this.url = url.replace(/\/+$/, '');
    this.pace = { ...PACE, ...options.pace };
    this.store = new Store(options.storage ?? new MemoryStorage());
    this.handlers = new Handlers(options.onHandlerError ?? ((error) => console.error(error)));
    this.webSocket = options.webSocket ?? (globalThis.WebSocket as WebSocketClass | undefined);
    this.session = new Session(this.url, patientFetch(this.pace.answerMs), options.onRefreshToken);
    this.api = new Api(this.url, this.session.send);
    this.outbox = new Outbox(this.api, this.store, this.pace);
    this.commands = new Commands(this.api, this.store, this.outbox, this.pace);
    this.handlers.add('message.created', (event) => this.commands.onMessage(event, this.me.id));
    this.handlers.add('conversation.joined', (event) => this.commands.onJoined(event));
  }

  /** Returns a client; its storage is open until `close`. */
  static async open(url: string, options: Options = {}): Promise<Charla> {
    const charla = new Charla(url, options);
    await charla.store.open();
    return charla;
  }

  /** Stops, and closes the storage. */
  async close(): Promise<void> {
    this.stop();
    await this.store.close();
  }

  get me(): Me {
    if (!this.session.user) throw new SessionEnded('nobody is signed in');
    return this.session.user;
  }

  /** Signs in by password; `session` knows other ways. */
  login(username: string, password: string): Promise<Me> {
    return this.session.login(username, password, { device: '@charla/sdk' });
  }

  /** Lets a function handle events of a type, `*` being all; returns how to end that. */
  on(type: string, handler: Handler): () => void {
    return this.handlers.add(type, handler);
  }

  /** Answers `/name` in every conversation that this account is in; say so before `run`. */
  command(name: string, { description, usage = '' }: { description: string; usage?: string }, answer: Answering): void {
    this.commands.add({ name, description, usage }, answer);
  }

  /** Stores a message, which `run` then sends exactly once, now or after any number of restarts. */
  send(conversationId: string, text: string, fields: Omit<Body, 'text'> = {}): Promise<Sending> {
    return this.outbox.add(conversationId, { ...fields, text });
  }

  /** Says something over the socket that need not arrive, such as `{t: 'typing', conv: …}`. */
  say(frame: Readonly<Record<string, unknown>>): void {
    this.live?.say(frame);
  }

  /** Resolves when the next socket is ready; `run` has to run. */
  nextConnection(): Promise<void> {
    return new Promise((resolve) => this.connectedWaiters.push(resolve));
  }

  /** Ends `run`. */
  stop(): void {
    this.stopping?.set();
  }

  /** Follows events and sends what waits, until `stop`; rejects with `SessionEnded` where nobody is signed in any more. */
  async run(): Promise<void> {
    await this.store.belongTo(this.me.id);
    const stopping = (this.stopping = new Stop());
    const failures: unknown[] = [];
    const fail = (failure: unknown): void => {
      failures.push(failure);
      stopping.set();
    };
    const { follower, live } = this.alive(stopping, fail);
    this.live = live;
    this.outbox.start({ stopped: stopping, fail });
    this.commands.start({ stopped: stopping, fail });
    await live.run().catch(fail);
    await Promise.all([this.outbox.ended(), this.commands.ended(), follower.ended()]);
    this.live = null;
    if (failures.length) throw failures[0];
  }

  private alive(stopped: Stop, fail: (failure: unknown) => void): { follower: Follower; live: Live } {
    if (!this.webSocket) throw new TypeError('there is no WebSocket here: give one as `webSocket`, such as that of `ws`');
    const { api, store, handlers, pace, webSocket } = this;
    const follower = new Follower({ api, store, handlers, pace, userId: this.me.id, stopped, fail });
    const onReady = (): void => {
      this.outbox.hurry();
      follower.hurry();
      const waiters = this.connectedWaiters;
      this.connectedWaiters = [];
      waiters.forEach((each) => each());
    };
    const url = `${this.url.replace(/^http/, 'ws')}/v1/ws`;
    return { follower, live: new Live({ url, webSocket, api, follower, pace, stopped, onReady }) };
  }
}
