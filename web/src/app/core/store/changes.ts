import type { Schemas } from '../wire';

import type { MessageLog } from './message-log';
import type { Conversation, Member, Message } from './types';

type Sent = Schemas['MessageView'];

/** A lasting change, from a frame of the live path or from `changes`. */
export interface Change {
  conv: string;
  ver: number;
  type: string;
  data: Record<string, unknown>;
  /** Frames are the same for everybody: what is `mine` in them is not said. */
  isNeutral: boolean;
}

const WHOLE = new Set(['message.edited', 'message.deleted', 'poll.changed']);

/** Applies a change to what is known of the messages. */
export function changeLog(log: MessageLog, change: Change, me: string): void {
  const { data } = change;
  if (change.type === 'message.created') {
    const message = messageOf(change);
    log.put(message);
    if (message.thread_root) countReply(log, message.thread_root, change.isNeutral);
  } else if (WHOLE.has(change.type)) {
    const message = messageOf(change);
    log.change(message.id, (before) => ({ ...withMine(message, change.isNeutral ? before : null), state: 'sent' }));
  } else if (change.type === 'reaction.changed') {
    log.change(String(data['message_id']), (message) => withReaction(message, data as unknown as ReactionChange, me));
  } else if (change.type === 'pin.changed') {
    log.change(String(data['message_id']), (message) => ({ ...message, pinned: Boolean(data['pinned']) }));
  }
}

/** One more reply; where it was missed, the message may have been fetched with it or without. */
function countReply(log: MessageLog, rootId: string, isLive: boolean): void {
  if (isLive) log.change(rootId, (root) => ({ ...root, reply_count: root.reply_count + 1 }));
  else log.doubt(rootId);
}

/** Returns the conversation after a change. */
export function changeConversation(before: Conversation, change: Change, me: string): Conversation {
  const after = { ...before, ver: change.ver };
  const { data } = change;
  switch (change.type) {
    case 'message.created':
      return withMessage(after, messageOf(change), me);
    case 'message.edited':
    case 'message.deleted':
    case 'poll.changed':
      return withChanged(after, messageOf(change), change.type === 'message.deleted', me);
    case 'member.added':
      return withMember(after, { user_id: String(data['user_id']), role: data['role'] as Member['role'] });
    case 'member.removed':
      return withoutMember(after, String(data['user_id']));
    case 'member.role':
      return withRole(after, String(data['user_id']), data['role'] as Member['role'], me);
    case 'conversation.updated':
      return { ...after, ...(data as Partial<Conversation>) };
    default:
      return after;
  }
}

/** Returns the conversation with a message that is new to it; one that it has already changes nothing. */
export function withMessage(conversation: Conversation, message: Sent, me: string): Conversation {
  if (message.seq <= conversation.seq) return conversation;
  const counts = message.author_id !== me && message.kind !== 'system' && !message.deleted;
  return {
    ...conversation,
    seq: message.seq,
    last_message: message,
    unread: conversation.unread + (counts ? 1 : 0),
  };
}

/** Returns a message with what is one's own in it taken from what was known before. */
export function withMine(message: Sent, before: Message | null): Sent {
  if (!before || message.deleted) return message;
  const mine = new Set(before.reactions.filter((each) => each.mine).map((each) => each.emoji));
  const chosen = new Set(before.poll?.options.filter((each) => each.mine).map((each) => each.id));
  return {
    ...message,
    reactions: message.reactions.map((each) => ({ ...each, mine: mine.has(each.emoji) })),
    poll: message.poll && {
      ...message.poll,
      options: message.poll.options.map((each) => ({ ...each, mine: chosen.has(each.id) })),
    },
  };
}

interface ReactionChange {
  user_id: string;
  emoji: string;
  added: boolean;
  count: number;
}

function withReaction(message: Message, change: ReactionChange, me: string): Message {
  const { emoji, count } = change;
  const found = message.reactions.find((each) => each.emoji === emoji);
  const mine = change.user_id === me ? change.added : (found?.mine ?? false);
  if (count <= 0) return { ...message, reactions: message.reactions.filter((each) => each !== found) };
  const reaction = { emoji, count, mine };
  const reactions = found
    ? message.reactions.map((each) => (each === found ? reaction : each))
    : [...message.reactions, reaction];
  return { ...message, reactions };
}

function messageOf(change: Change): Sent {
  return change.data as unknown as Sent;
}

function withChanged(conversation: Conversation, message: Sent, deleted: boolean, me: string): Conversation {
  const isLast = conversation.last_message?.id === message.id;
  const wasUnread = deleted && message.author_id !== me && message.seq > conversation.my.read_seq;
  return {
    ...conversation,
    last_message: isLast ? message : conversation.last_message,
    unread: wasUnread ? Math.max(0, conversation.unread - 1) : conversation.unread,
  };
}

function withMember(conversation: Conversation, member: Pick<Member, 'user_id' | 'role'>): Conversation {
  const known = conversation.members;
  const isThere = known?.some((each) => each.user_id === member.user_id);
  const joined = { ...member, joined_at: new Date().toISOString(), read_seq: 0, delivered_seq: 0 };
  return {
    ...conversation,
    member_count: isThere ? conversation.member_count : conversation.member_count + 1,
    members: known && !isThere ? [...known, joined] : known,
  };
}

function withoutMember(conversation: Conversation, userId: string): Conversation {
  return {
    ...conversation,
    member_count: Math.max(0, conversation.member_count - 1),
    members: conversation.members?.filter((each) => each.user_id !== userId),
  };
}

function withRole(conversation: Conversation, userId: string, role: Member['role'], me: string): Conversation {
  return {
    ...conversation,
    role: userId === me ? role : conversation.role,
    members: conversation.members?.map((each) => (each.user_id === userId ? { ...each, role } : each)),
  };
}
