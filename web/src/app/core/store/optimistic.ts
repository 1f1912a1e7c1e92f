import type { Waiting } from '../outbox';

import type { Message } from './types';

/** Returns how a message looks before the server has it. */
export function optimistic(entry: Waiting, authorId: string): Message {
  const { body } = entry;
  const createdAt = new Date(entry.createdAt);
  return {
    id: entry.id,
    conversation_id: entry.place,
    seq: null,
    ver: 0,
    kind: body.poll ? 'poll' : 'text',
    author_id: authorId,
    client_msg_id: entry.id,
    text: body.text ?? '',
    entities: (body.entities ?? []) as Message['entities'],
    media_ids: body.media_ids ?? [],
    reply_to: body.reply_to ?? null,
    thread_root: null,
    reply_count: 0,
    forwarded_from: null,
    poll: pollOf(body.poll),
    payment: null,
    webhook: null,
    reactions: [],
    pinned: false,
    created_at: createdAt.toISOString(),
    edited_at: null,
    expires_at: body.ttl_s ? new Date(entry.createdAt + body.ttl_s * 1000).toISOString() : null,
    deleted: false,
    state: entry.problem ? 'failed' : 'sending',
    problem: entry.problem,
  };
}

function pollOf(poll: Waiting['body']['poll']): Message['poll'] {
  if (!poll) return null;
  const options = poll.options.map((text, id) => ({ id, text, votes: 0, mine: false }));
  return {
    question: poll.question,
    options,
    multiple: poll.multiple ?? false,
    anonymous: poll.anonymous ?? false,
    closed: false,
    closes_at: poll.closes_at ?? null,
    voters: 0,
  };
}
