import { ChangeDetectionStrategy, Component, computed, inject, input, output } from '@angular/core';

import { Session } from '@core/session';
import { type Member, People } from '@core/store';
import { Avatar } from '@shared/avatar';
import { Icon } from '@shared/icon';
import { Menu } from '@shared/menu';
import { MenuItem } from '@shared/menu-item';

import { StartChat } from '../list/start-chat';

export type MemberAction = Member['role'] | 'remove';

const RANKS = { member: 0, moderator: 1, owner: 2 } as const;

/** Somebody in a group, and what one may do about them. */
@Component({
  selector: 'app-member-row',
  imports: [Avatar, Icon, Menu, MenuItem],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'member-row' },
  templateUrl: './member-row.html',
})
export class MemberRow {
  readonly member = input.required<Member>();
  readonly myRole = input.required<Member['role']>();
  readonly act = output<MemberAction>();

  private readonly people = inject(People);
  private readonly me = inject(Session).me;
  protected readonly startChat = inject(StartChat);
  protected readonly person = computed(() => this.people.get(this.member().user_id));
  protected readonly isMe = computed(() => this.member().user_id === this.me()?.id);
  protected readonly isOwner = computed(() => this.myRole() === 'owner');
  protected readonly mayRemove = computed(() => RANKS[this.myRole()] > RANKS[this.member().role]);
}
