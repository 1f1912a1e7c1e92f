import { ChangeDetectionStrategy, Component, computed, inject, signal } from '@angular/core';
import { RouterLink } from '@angular/router';

import { ChatStore, type Conversation, type Person } from '@core/store';
import { Avatar } from '@shared/avatar';
import { Empty } from '@shared/empty';
import { Icon } from '@shared/icon';
import { Panes } from '@shared/panes';
import { Skeleton } from '@shared/spinner';

import { ConversationRow } from './list/conversation-row';
import { StartChat } from './list/start-chat';
import { NewConversation, type NewKind } from './new/new-conversation';
import { peopleSearch } from './new/people-search';

type Tab = 'all' | 'unread' | 'archived';

/** The list of conversations. */
@Component({
  selector: 'app-conversations',
  imports: [Avatar, ConversationRow, Empty, Icon, NewConversation, Panes, RouterLink, Skeleton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './conversations.html',
})
export class Conversations {
  protected readonly store = inject(ChatStore);
  private readonly startChat = inject(StartChat);
  protected readonly making = signal<NewKind | null>(null);
  protected readonly tab = signal<Tab>('all');
  protected readonly words = signal('');
  protected readonly people = peopleSearch(this.words);

  protected readonly tabs: readonly { id: Tab; name: string }[] = [
    { id: 'all', name: $localize`:@@chat.tab.all:All` },
    { id: 'unread', name: $localize`:@@chat.tab.unread:Unread` },
    { id: 'archived', name: $localize`:@@chat.tab.archived:Archived` },
  ];

  protected readonly shown = computed(() => {
    const words = fold(this.words().trim());
    const all = this.store.conversations();
    if (words) return all.filter((each) => fold(this.store.title(each)).includes(words));
    return all.filter((each) => isIn(each, this.tab()));
  });
  protected readonly archivedUnread = computed(() => {
    return this.store.conversations().filter((each) => each.my.archived && each.unread > 0).length;
  });
  /** People whom the search found, and with whom there is no chat in the list. */
  protected readonly strangers = computed(() => {
    const found = this.people.hasValue() ? this.people.value() : [];
    const known = new Set(this.shown().filter((each) => each.kind === 'direct').map((each) => this.store.other(each)));
    return this.words().trim() ? found.filter((each) => !known.has(each.id)) : [];
  });

  protected write(person: Person): Promise<void> {
    this.words.set('');
    return this.startChat.with(person.id);
  }
}

function isIn(conversation: Conversation, tab: Tab): boolean {
  const { archived, marked_unread } = conversation.my;
  if (tab === 'archived') return archived;
  return !archived && (tab === 'all' || conversation.unread > 0 || marked_unread);
}

/** Returns words as they are compared: without case and accents. */
function fold(words: string): string {
  return words.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase();
}
