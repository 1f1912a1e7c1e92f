import { ChangeDetectionStrategy, Component, Injector, afterNextRender, computed, inject, input, signal, viewChild } from '@angular/core';
import { RouterLink, RouterLinkActive } from '@angular/router';

import { ChatStore, type Conversation, Presences, isMuted } from '@core/store';
import { Avatar } from '@shared/avatar';
import { Icon } from '@shared/icon';
import { TimePipe } from '@shared/time';

import { Preview } from '../preview';

import { ConversationMenu } from './conversation-menu';

/** A conversation in the list. */
@Component({
  selector: 'app-conversation-row',
  imports: [Avatar, ConversationMenu, Icon, Preview, RouterLink, RouterLinkActive, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: {
    class: 'conversation-row',
    '(contextmenu)': 'openMenu($event)',
    '(pointerenter)': 'isArmed.set(true)',
    '(focusin)': 'isArmed.set(true)',
  },
  templateUrl: './conversation-row.html',
})
export class ConversationRow {
  readonly conversation = input.required<Conversation>();
  private readonly store = inject(ChatStore);
  private readonly presences = inject(Presences);
  private readonly injector = inject(Injector);
  private readonly menu = viewChild(ConversationMenu);
  /** The menu is made for the row that somebody points at: a long list would be full of them. */
  protected readonly isArmed = signal(false);

  protected readonly title = computed(() => this.store.title(this.conversation()));
  protected readonly other = computed(() => this.store.other(this.conversation()));
  protected readonly isOnline = computed(() => {
    const other = this.conversation().kind === 'direct' ? this.other() : undefined;
    return other ? (this.presences.of(other)()?.online ?? false) : false;
  });
  protected readonly isMuted = computed(() => isMuted(this.conversation()));
  protected readonly at = computed(() => this.conversation().last_message?.created_at ?? this.conversation().created_at);

  protected openMenu(event: MouseEvent): void {
    event.preventDefault();
    this.isArmed.set(true);
    afterNextRender(() => this.menu()?.openAt(event.clientX, event.clientY), { injector: this.injector });
  }
}
