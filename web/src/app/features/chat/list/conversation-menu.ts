import { ChangeDetectionStrategy, Component, computed, inject, input, signal, viewChild } from '@angular/core';
import { Router, RouterLink } from '@angular/router';

import { Api } from '@core/api';
import { Session } from '@core/session';
import { ChatStore, type Conversation, Receipts, isMuted } from '@core/store';
import type { Schemas } from '@core/wire';
import { Dialog } from '@shared/dialog';
import { Icon } from '@shared/icon';
import { Menu } from '@shared/menu';
import { MenuItem } from '@shared/menu-item';
import { Toasts } from '@shared/toast';

const HOUR_MS = 3_600_000;
/** So far away that it means "until I say otherwise". */
const FOR_GOOD = '2999-01-01T00:00:00Z';

/** What one can do with a conversation, for oneself. */
@Component({
  selector: 'app-conversation-menu',
  imports: [Dialog, Icon, Menu, MenuItem, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './conversation-menu.html',
})
export class ConversationMenu {
  readonly conversation = input.required<Conversation>();

  private readonly api = inject(Api);
  private readonly receipts = inject(Receipts);
  private readonly router = inject(Router);
  private readonly session = inject(Session);
  private readonly toasts = inject(Toasts);
  protected readonly store = inject(ChatStore);
  private readonly menu = viewChild.required(Menu);
  protected readonly asksMute = signal(false);
  protected readonly asksLeave = signal(false);

  protected readonly isMuted = computed(() => isMuted(this.conversation()));
  protected readonly isUnread = computed(() => this.conversation().unread > 0 || this.conversation().my.marked_unread);
  protected readonly durations = [
    { words: $localize`:@@chat.mute.hours:8 hours`, until: () => new Date(Date.now() + 8 * HOUR_MS).toISOString() },
    { words: $localize`:@@chat.mute.week:A week`, until: () => new Date(Date.now() + 7 * 24 * HOUR_MS).toISOString() },
    { words: $localize`:@@chat.mute.always:Always`, until: () => FOR_GOOD },
  ];

  openAt(x: number, y: number): void {
    this.menu().openAt(x, y);
  }

  protected set(changes: Schemas['MyBody']): Promise<void> {
    return this.try(() => this.store.set(this.conversation().id, changes));
  }

  protected mute(until: string): Promise<void> {
    this.asksMute.set(false);
    return this.set({ muted_until: until });
  }

  protected read(): Promise<void> {
    return this.try(() => this.receipts.seeAll(this.conversation().id));
  }

  protected leave(): Promise<void> {
    this.asksLeave.set(false);
    const path = { conversation_id: this.conversation().id, user_id: this.session.me()?.id ?? '' };
    return this.try(async () => {
      await this.api.ask((http) => http.DELETE('/v1/conversations/{conversation_id}/members/{user_id}', { params: { path } }));
      this.store.conversationGone(path.conversation_id);
      if (this.router.url.includes(path.conversation_id)) await this.router.navigateByUrl('/c');
    });
  }

  private async try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.toasts.fail(error);
    }
  }
}
