import { ChangeDetectionStrategy, Component, computed, inject, input, output } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Language } from '@core/language';
import { ChatStore, type Conversation, People, Presences } from '@core/store';
import { Avatar } from '@shared/avatar';
import { Icon } from '@shared/icon';
import { ago } from '@shared/time';

import { ConversationMenu } from '../list/conversation-menu';
import { typingWords } from '../typing-words';

/** Who one talks with, and whether they are there. */
@Component({
  selector: 'app-conversation-header',
  imports: [Avatar, ConversationMenu, Icon, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'pane-header conversation-header' },
  templateUrl: './conversation-header.html',
})
export class ConversationHeader {
  readonly conversation = input.required<Conversation>();
  readonly find = output<void>();

  private readonly store = inject(ChatStore);
  private readonly people = inject(People);
  private readonly presences = inject(Presences);
  private readonly language = inject(Language).current;

  protected readonly title = computed(() => this.store.title(this.conversation()));
  protected readonly other = computed(() => this.store.other(this.conversation()));
  protected readonly isOnline = computed(() => {
    const other = this.conversation().kind === 'direct' && this.other();
    return other ? (this.presences.of(other)()?.online ?? false) : false;
  });
  protected readonly typing = computed(() => {
    const names = this.presences.typing(this.conversation().id)().map((id) => this.people.get(id)?.display_name ?? '…');
    return typingWords(names, this.conversation().kind === 'group');
  });
  protected readonly onlineCount = computed(() => {
    return this.presences.countOnline(this.conversation().members?.map((each) => each.user_id) ?? []);
  });
  protected readonly lastSeen = computed(() => {
    const since = this.presences.of(this.other() ?? '')()?.lastSeenAt;
    return since ? ago(new Date(since), this.language) : null;
  });
}
