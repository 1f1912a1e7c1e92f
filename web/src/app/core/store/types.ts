import type { Schemas } from '../wire';

/** Where a message of one's own is; those of others are always `sent`. */
export type MessageState = 'sent' | 'sending' | 'failed';

type Sent = Schemas['MessageView'];

/** A message as the client shows it. While it waits in the outbox its id is its `client_msg_id`, and it has no `seq`. */
export interface Message extends Omit<Sent, 'seq'> {
  readonly seq: number | null;
  readonly state: MessageState;
  /** Why it was refused, for a `failed` one. */
  readonly problem?: { readonly code: string; readonly status: number; readonly retry_after_s?: number };
}

/** A conversation as one sees it. `members` is there in direct chats, and in groups of up to 100 that were opened. */
export type Conversation = Schemas['ConversationView'];
export type Member = Schemas['MemberView'];
export type Person = Schemas['UserView'];
export type Draft = Schemas['DraftView'];
export type Entity = Schemas['EntityBody'];

/** What is to be sent; what is left out is empty. */
export type Outgoing = Omit<Schemas['SendBody'], 'client_msg_id'>;

export interface Presence {
  readonly online: boolean;
  readonly lastSeenAt: string | null;
}
