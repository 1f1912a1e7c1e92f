import type { Schemas } from './wire';

/** What the server says on the live path (docs/wire-api.md). `data` is told there, by `type`. */
export type ServerFrame =
  | { t: 'event'; conv: string; ver: number; type: string; data: Record<string, unknown> }
  | { t: 'channel_event'; channel: string; seq: number; type: string; data: Record<string, unknown> }
  | { t: 'channel_counts'; channel: string; posts: readonly PostCounts[] }
  | { t: 'user_event'; type: string; data: Record<string, unknown> }
  | { t: 'media_event'; conv?: string; channel?: string; type: string; data: Schemas['MediaView'] }
  | { t: 'typing'; conv: string; user: string }
  | { t: 'receipt'; conv: string; user: string; read_seq?: number; delivered_seq?: number }
  | { t: 'presence'; conv: string; users: { user_id: string; online: boolean; last_seen_at: string | null }[] }
  | { t: 'resync' };

/** How often a post was seen and reacted to; without what is one's own. */
export interface PostCounts {
  readonly id: string;
  readonly views: number;
  readonly reactions: readonly { readonly emoji: string; readonly count: number }[];
}

/** What concerns the connection alone; nobody but it hears these. */
export type ControlFrame =
  | { t: 'ready'; user: string; heartbeat_s: number }
  | { t: 'drain' }
  | { t: 'ping' }
  | { t: 'pong' }
  | { t: 'error'; code: string; detail: string };

export type ClientFrame =
  | { t: 'auth'; ticket: string; device: string }
  | { t: 'ping' }
  | { t: 'pong' }
  | { t: 'typing'; conv: string }
  | { t: 'watch'; conv: string }
  | { t: 'unwatch'; conv: string };

/** The close codes of docs/wire-api.md that are acted on; after all others one connects again. */
export const Close = { notSignedIn: 4401 } as const;
