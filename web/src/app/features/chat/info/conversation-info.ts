import { ChangeDetectionStrategy, Component, computed, effect, inject, input, signal, untracked } from '@angular/core';
import { RouterLink } from '@angular/router';

import { Api } from '@core/api';
import { Session } from '@core/session';
import { ChatStore, type Conversation, type Member, People, type Person } from '@core/store';
import type { Schemas } from '@core/wire';
import { Avatar } from '@shared/avatar';
import { Dialog } from '@shared/dialog';
import { Control, Field } from '@shared/field';
import { Icon } from '@shared/icon';
import { Spinner } from '@shared/spinner';
import { Toasts } from '@shared/toast';

import { ConversationMenu } from '../list/conversation-menu';
import { PeoplePicker } from '../new/people-picker';

import { MemberRow, type MemberAction } from './member-row';
import { membersOf } from './members';
import { SharedThings } from './shared-things';
import { Webhooks } from './webhooks';

const RANKS = { member: 0, moderator: 1, owner: 2 } as const;

/** What a conversation is, who is in it, and what one may change there. */
@Component({
  selector: 'app-conversation-info',
  imports: [Avatar, Control, ConversationMenu, Dialog, Field, Icon, MemberRow, PeoplePicker, RouterLink, SharedThings, Spinner, Webhooks],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'pane-page' },
  templateUrl: './conversation-info.html',
})
export class ConversationInfo {
  readonly id = input.required<string>();

  private readonly api = inject(Api);
  private readonly people = inject(People);
  private readonly session = inject(Session);
  private readonly toasts = inject(Toasts);
  protected readonly store = inject(ChatStore);
  protected readonly conversation = computed(() => this.store.conversation(this.id())());
  protected readonly members = membersOf(this.conversation);
  protected readonly isAdding = signal(false);
  protected readonly added = signal<readonly Person[]>([]);
  protected readonly isRenaming = signal(false);
  protected readonly newTitle = signal('');
  protected readonly removing = signal<Member | null>(null);
  protected readonly pauses = PAUSES;

  protected readonly title = computed(() => (this.conversation() ? this.store.title(this.conversation()!) : ''));
  protected readonly other = computed(() => {
    const conversation = this.conversation();
    const id = conversation?.kind === 'direct' ? this.store.other(conversation) : undefined;
    return id ? this.people.get(id) : undefined;
  });
  protected readonly mayModerate = computed(() => {
    const conversation = this.conversation();
    return conversation?.kind === 'group' && RANKS[conversation.role] >= RANKS.moderator;
  });
  /** Owners first, then moderators; oneself before others of the same rank. */
  protected readonly sorted = computed(() => {
    const me = this.session.me()?.id;
    const all = this.members.hasValue() ? [...this.members.value()] : [];
    const weight = (each: Member) => RANKS[each.role] * 2 + Number(each.user_id === me);
    return all.sort((a, b) => weight(b) - weight(a));
  });
  protected readonly memberIds = computed(() => this.sorted().map((each) => each.user_id));

  constructor() {
    effect(() => {
      const id = this.id();
      untracked(() => void this.store.open(id));
    });
  }

  protected name(member: Member): string {
    return this.people.get(member.user_id)?.display_name ?? '';
  }

  protected act(member: Member, action: MemberAction): void {
    if (action === 'remove') return this.removing.set(member);
    void this.setRole(member, action);
  }

  protected rename(): void {
    this.newTitle.set(this.conversation()?.title ?? '');
    this.isRenaming.set(true);
  }

  protected async saveTitle(): Promise<void> {
    const title = this.newTitle().trim();
    if (title && (await this.update({ title }))) this.isRenaming.set(false);
  }

  protected update(changes: Schemas['UpdateBody']): Promise<boolean> {
    const params = { path: { conversation_id: this.id() } };
    return this.take(() => this.api.ask((http) => http.PATCH('/v1/conversations/{conversation_id}', { params, body: changes })));
  }

  protected async add(): Promise<void> {
    const params = { path: { conversation_id: this.id() } };
    const body = { user_ids: this.added().map((each) => each.id) };
    const isDone = await this.take(() =>
      this.api.ask((http) => http.POST('/v1/conversations/{conversation_id}/members', { params, body })),
    );
    if (!isDone) return;
    this.added.set([]);
    this.isAdding.set(false);
    this.members.reload();
  }

  protected async remove(): Promise<void> {
    const member = this.removing();
    this.removing.set(null);
    if (!member) return;
    await this.try(async () => {
      const path = { conversation_id: this.id(), user_id: member.user_id };
      await this.api.ask((http) => http.DELETE('/v1/conversations/{conversation_id}/members/{user_id}', { params: { path } }));
    });
  }

  private setRole(member: Member, role: Member['role']): Promise<boolean> {
    return this.try(async () => {
      const params = { path: { conversation_id: this.id(), user_id: member.user_id } };
      await this.api.ask((http) =>
        http.PATCH('/v1/conversations/{conversation_id}/members/{user_id}', { params, body: { role } }),
      );
    });
  }

  private take(ask: () => Promise<Conversation>): Promise<boolean> {
    return this.try(async () => this.store.conversationChanged(await ask()));
  }

  /** Does something, and asks for the members again where the conversation does not tell them. */
  private async try(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      if (!this.conversation()?.members) this.members.reload();
      return true;
    } catch (error) {
      this.toasts.fail(error);
      return false;
    }
  }
}

/** How long members wait between two messages, in seconds. */
const PAUSES: readonly { seconds: number; words: string }[] = [
  { seconds: 0, words: $localize`:@@chat.slow.off:Off` },
  { seconds: 10, words: $localize`:@@chat.slow.10s:10 seconds` },
  { seconds: 60, words: $localize`:@@chat.slow.1m:1 minute` },
  { seconds: 300, words: $localize`:@@chat.slow.5m:5 minutes` },
  { seconds: 3600, words: $localize`:@@chat.slow.1h:1 hour` },
];
