export { ChatStore } from './chat-store';
export { type Jump, Jumps } from './jumps';
export { MessageLog } from './message-log';
export type { Conversation, Draft, Entity, Member, Message, MessageState, Outgoing, Person, Presence } from './types';
