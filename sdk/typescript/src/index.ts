/** A client of Charla: typed API, live events, and an outbox that survives restarts. */
export { Api, type Http } from './api.js';
export { Charla, type Options } from './client.js';
export { type Answering, Command } from './commands.js';
export {
  CharlaError,
  EnrolmentRequired,
  FactorRequired,
  ProblemError,
  SessionEnded,
  StorageInUse,
  StorageOfAnother,
  Unreachable,
} from './errors.js';
export type { ChatEvent, Handler } from './events.js';
export { IndexedDbStorage } from './indexeddb.js';
export type { WebSocketClass, WebSocketLike } from './live-socket.js';
export type { Answer, Body, Sending } from './outbox.js';
export type { Pace } from './pace.js';
export type { Me, Session } from './session.js';
export { MemoryStorage, type Entry, type Storage } from './storage.js';
export { type Post, Webhook } from './webhook.js';
export type { Paths, Schemas } from './wire.js';
