import { ChangeDetectionStrategy, Component, computed, inject, input, output } from '@angular/core';

import { ChannelStore } from '@core/channels/channel-store';
import type { Notice } from '@core/notifications/notification-store';
import { ChatStore } from '@core/store';
import { Avatar } from '@shared/avatar';
import { Icon } from '@shared/icon';
import { Menu } from '@shared/menu';
import { MenuItem } from '@shared/menu-item';
import { TimePipe } from '@shared/time';

import { iconOf, wordsOf } from './notice-words';

/** One line of the list: press it to go there. */
@Component({
  selector: 'app-notice-row',
  imports: [Avatar, Icon, Menu, MenuItem, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'notice-row', '[class.is-unread]': '!notice().read' },
  template: `
    <button type="button" class="row" (click)="opened.emit()">
      <span class="notice-face">
        @if (face(); as who) {
          <app-avatar [id]="who.id" [name]="who.name" />
        } @else {
          <span class="notice-plain"><app-icon [name]="icon()" /></span>
        }
        @if (face()) {<span class="notice-kind"><app-icon [name]="icon()" /></span>}
      </span>
      <span class="row-text">
        <span class="row-title notice-words">{{ words() }}</span>
        <span class="row-line muted">@if (place(); as name) {<bdi>{{ name }}</bdi> · }<time [attr.datetime]="notice().created_at" [title]="notice().created_at | time: 'full'">{{ notice().created_at | time: 'ago' }}</time></span>
      </span>
      @if (!notice().read) {<span class="notice-dot"><span class="visually-hidden" i18n="@@notifications.unread">unread</span></span>}
    </button>
    <app-menu label="More about this notification" i18n-label="@@notifications.menu">
      @if (!notice().read) {
        <button appMenuItem type="button" (click)="read.emit()"><app-icon name="check" /><span i18n="@@notifications.mark_read">Mark as read</span></button>
      }
      <button appMenuItem type="button" (click)="why.emit()"><app-icon name="info" /><span i18n="@@notifications.why">Why did I get this?</span></button>
    </app-menu>
  `,
})
export class NoticeRow {
  private readonly chats = inject(ChatStore);
  private readonly channels = inject(ChannelStore);
  readonly notice = input.required<Notice>();
  readonly opened = output<void>();
  readonly read = output<void>();
  readonly why = output<void>();
  protected readonly icon = computed(() => iconOf(this.notice()));
  private readonly actorSignal = computed(() => (this.notice().actor_id ? this.chats.people(this.notice().actor_id!) : null));
  private readonly actor = computed(() => this.actorSignal()?.() ?? null);
  private readonly conversationSignal = computed(() => {
    const id = this.notice().conversation_id;
    return id ? this.chats.conversation(id) : null;
  });
  protected readonly place = computed(() => {
    const conversation = this.conversationSignal()?.();
    if (conversation) return this.chats.title(conversation);
    const channel = this.notice().channel_id ? this.channels.channel(this.notice().channel_id!) : undefined;
    return channel?.title ?? (this.notice().preview || null);
  });
  protected readonly words = computed(() => wordsOf(this.notice(), { actor: this.actor()?.display_name ?? null, place: this.place() }));
  protected readonly face = computed(() => {
    const actor = this.actor();
    if (actor && this.notice().kind !== 'post') return { id: actor.id, name: actor.display_name };
    const place = this.place();
    return this.notice().channel_id && place ? { id: this.notice().channel_id!, name: place } : null;
  });
}
