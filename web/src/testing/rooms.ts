import type { Schemas } from '@core/wire';

import { me } from './wire';

type Sent = Schemas['MessageView'];
type Conversation = Schemas['ConversationView'];

export const BEN = '01890000-0000-7000-8000-000000000002';
export const ROOM = '01890000-0000-7000-8000-00000000000a';

/** A message of a conversation; each is one minute after the one before. */
export function aMessage(seq: number, facts: Partial<Sent> = {}): Sent {
  return {
    id: `m${seq}`,
    conversation_id: ROOM,
    seq,
    ver: seq,
    kind: 'text',
    author_id: BEN,
    client_msg_id: null,
    text: `text ${seq}`,
    entities: [],
    media_ids: [],
    reply_to: null,
    thread_root: null,
    reply_count: 0,
    forwarded_from: null,
    poll: null,
    payment: null,
    webhook: null,
    reactions: [],
    pinned: false,
    created_at: new Date(Date.UTC(2026, 0, 1, 12, seq)).toISOString(),
    edited_at: null,
    expires_at: null,
    deleted: false,
    ...facts,
  };
}

/** A chat of Ana, who is signed in, with Ben. */
export function aConversation(facts: Partial<Conversation> = {}): Conversation {
  const joined_at = '2026-01-01T00:00:00Z';
  const member = (user_id: string) => ({ user_id, role: 'member' as const, joined_at, read_seq: 0, delivered_seq: 0 });
  return {
    id: ROOM,
    kind: 'direct',
    title: null,
    created_by: me.id,
    created_at: joined_at,
    seq: 0,
    ver: 0,
    slow_mode_s: 0,
    role: 'member',
    member_count: 2,
    members: [member(me.id), member(BEN)],
    unread: 0,
    my: { muted_until: null, pinned: false, archived: false, marked_unread: false, read_seq: 0 },
    last_message: null,
    ...facts,
  };
}
