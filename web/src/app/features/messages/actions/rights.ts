import type { Conversation, Message } from '@core/store';

/** What one may do with a message. The service has the last word; this decides what is offered. */
export interface Rights {
  readonly isMine: boolean;
  readonly isSent: boolean;
  readonly isGone: boolean;
  readonly edit: boolean;
  readonly pin: boolean;
  readonly deleteForAll: boolean;
  readonly copy: boolean;
  readonly forward: boolean;
}

export function rightsOf(message: Message, conversation: Conversation, me: string): Rights {
  const isMine = message.author_id === me;
  const isModerator = conversation.role !== 'member';
  const isSent = message.seq !== null && message.state === 'sent';
  const isGone = message.deleted;
  const isWhole = isSent && !isGone && message.kind !== 'system';
  return {
    isMine,
    isSent,
    isGone,
    edit: isWhole && isMine && message.kind === 'text' && !message.forwarded_from,
    pin: isWhole && (conversation.kind === 'direct' || isModerator),
    deleteForAll: isWhole && (isMine || (conversation.kind === 'group' && isModerator)),
    copy: !isGone && message.text !== '',
    forward: isWhole,
  };
}
