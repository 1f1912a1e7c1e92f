/** The shapes of the wire API; `schema.d.ts` is generated. */
import type { components, paths } from './schema.js';

export type Schemas = components['schemas'];
export type Paths = paths;

/** What the server says over the live socket; see docs/wire-api.md. */
export interface Frame {
  readonly t: string;
  readonly type?: string;
  readonly conv?: string;
  readonly ver?: number;
  readonly channel?: string;
  readonly seq?: number;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly heartbeat_s?: number;
  readonly code?: string;
  readonly [name: string]: unknown;
}
