import { Injectable, inject } from '@angular/core';

import { Api } from '@core/api';
import { ChatStore, type Message } from '@core/store';
import type { Schemas } from '@core/wire';
import { Toasts } from '@shared/toast';

import { Recents } from '../emoji/recents';

type Reactions = readonly Schemas['ReactionCount'][];

/** Returns the reactions after one's own was added or taken back. */
export function withOwn(reactions: Reactions, emoji: string, added: boolean): Schemas['ReactionCount'][] {
  const found = reactions.find((each) => each.emoji === emoji);
  if ((found?.mine ?? false) === added) return [...reactions];
  const count = (found?.count ?? 0) + (added ? 1 : -1);
  if (!found) return [...reactions, { emoji, count, mine: true }];
  return reactions
    .map((each) => (each === found ? { emoji, count, mine: added } : each))
    .filter((each) => each.count > 0);
}

/** Adds and takes back one's own reactions. They show at once. */
@Injectable({ providedIn: 'root' })
export class Reacting {
  private readonly api = inject(Api);
  private readonly store = inject(ChatStore);
  private readonly recents = inject(Recents);
  private readonly toasts = inject(Toasts);

  /** Adds an emoji, or takes it back where it is one's own already. */
  async toggle(message: Message, emoji: string): Promise<void> {
    if (message.seq === null) return;
    const added = !message.reactions.some((each) => each.emoji === emoji && each.mine);
    this.show(message, emoji, added);
    if (added) this.recents.use(emoji);
    try {
      // Frames say how many there are. The answer may come after frames of what others did later.
      await this.ask(message.id, emoji, added);
    } catch (error) {
      this.show(message, emoji, !added);
      this.toasts.fail(error);
    }
  }

  /** Shows one's own reaction, or that it is gone, in what is known of the message by now. */
  private show(message: Message, emoji: string, added: boolean): void {
    const now = this.store.messages(message.conversation_id).byId(message.id) ?? message;
    this.store.messageChanged({ ...now, seq: now.seq!, reactions: withOwn(now.reactions, emoji, added) });
  }

  private ask(messageId: string, emoji: string, added: boolean): Promise<Schemas['MessageView']> {
    const path = '/v1/messages/{message_id}/reactions/{emoji}';
    const params = { path: { message_id: messageId, emoji } };
    return this.api.ask((http) => (added ? http.PUT(path, { params }) : http.DELETE(path, { params })));
  }
}
