import { ChangeDetectionStrategy, Component, computed, inject, input, signal } from '@angular/core';
import { RouterLink } from '@angular/router';

import { type Channel, type Level, hasRole, pathOf } from '@core/channels/channel';
import { Session } from '@core/session';
import { Dialog } from '@shared/dialog';
import { Icon } from '@shared/icon';
import { Menu } from '@shared/menu';
import { MenuItem } from '@shared/menu-item';

import { MediaAvatar } from '../media';
import { PaymentUi } from '../payments';

import { AmountPipe } from './amount';
import { ChannelActions } from './channel-actions';

/** Above a channel's posts: what it is, how one hears of it, and what one may do. */
@Component({
  selector: 'app-channel-header',
  imports: [AmountPipe, MediaAvatar, Dialog, Icon, Menu, MenuItem, RouterLink],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './channel-header.html',
})
export class ChannelHeader {
  private readonly payments = inject(PaymentUi);
  private readonly session = inject(Session);
  protected readonly actions = inject(ChannelActions);
  readonly channel = input.required<Channel>();
  protected readonly asking = signal<'leave' | null>(null);
  protected readonly path = computed(() => pathOf(this.channel()));
  protected readonly level = computed(() => this.channel().subscription?.level);
  protected readonly isTeam = computed(() => hasRole(this.channel(), 'author'));
  protected readonly isOwner = computed(() => hasRole(this.channel(), 'owner'));
  protected readonly isAdmin = computed(() => hasRole(this.channel(), 'admin'));
  protected readonly mayTip = computed(() => this.channel().owner_id !== this.session.me()?.id);
  protected readonly mayVerify = computed(() => this.session.me()?.roles.includes('admin') ?? false);

  protected choose(level: Level): void {
    void this.actions.follow(this.channel(), level);
  }

  protected leave(): void {
    this.asking.set(null);
    void this.actions.unfollow(this.channel());
  }

  protected tip(): void {
    const { id, title } = this.channel();
    this.payments.show({ kind: 'tip', target: { channel_id: id }, name: title });
  }

  protected copyLink(): void {
    void this.actions.copy(this.actions.linkOf(this.channel()), $localize`:@@channels.link_copied:Link copied`);
  }
}
