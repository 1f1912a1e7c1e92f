import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';

import { Api } from '@core/api';
import { type ChannelRole, hasRole, ranksAtLeast } from '@core/channels/channel';
import { Session } from '@core/session';
import type { Schemas } from '@core/wire';
import { Dialog } from '@shared/dialog';
import { Empty } from '@shared/empty';
import { Icon } from '@shared/icon';
import { Listing } from '@shared/listing';
import { LoadFailed } from '@shared/load-failed';
import { Menu } from '@shared/menu';
import { MenuItem } from '@shared/menu-item';
import { Skeleton } from '@shared/spinner';
import { TimePipe } from '@shared/time';
import { Toasts } from '@shared/toast';

import { CurrentChannel } from '../current-channel';
import { PersonAvatar, PersonName } from '../people';

import { roleName } from './role-names';
import { SubPage } from './sub-page';

type Follower = Schemas['FollowerView'];
const ROLES: readonly ChannelRole[] = ['owner', 'admin', 'author', 'follower'];

/** Who follows a channel, in which role. */
@Component({
  selector: 'app-followers',
  imports: [Dialog, Empty, Icon, LoadFailed, Menu, MenuItem, PersonAvatar, PersonName, Skeleton, SubPage, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './followers.html',
})
export class Followers {
  private readonly api = inject(Api);
  private readonly session = inject(Session);
  private readonly toasts = inject(Toasts);
  protected readonly current = inject(CurrentChannel);
  protected readonly roles = ROLES;
  protected readonly roleName = roleName;
  protected readonly role = signal<ChannelRole | null>(null);
  protected readonly removing = signal<Follower | null>(null);
  protected readonly list = new Listing<Follower>((after) => {
    const query = { role: this.role() ?? undefined, after, limit: 50 };
    const params = { path: { channel_id: this.current.now.id }, query };
    return this.api.ask((http) => http.GET('/v1/channels/{channel_id}/followers', { params }));
  });

  constructor() {
    void this.list.load();
  }

  protected show(role: ChannelRole | null): void {
    this.role.set(role);
    void this.list.load();
  }

  protected more(): void {
    this.list.more().catch((error: unknown) => this.toasts.fail(error));
  }

  protected isMe(follower: Follower): boolean {
    return follower.user_id === this.session.me()?.id;
  }

  /** The roles that one may give to somebody; owners give any, admins make authors. */
  protected rolesFor(follower: Follower): readonly ChannelRole[] {
    const channel = this.current.channel();
    if (hasRole(channel, 'owner')) return ROLES.filter((each) => each !== follower.role);
    if (!hasRole(channel, 'admin') || ranksAtLeast(follower.role, 'admin')) return [];
    return ROLES.filter((each) => each !== follower.role && !ranksAtLeast(each, 'admin'));
  }

  protected mayRemove(follower: Follower): boolean {
    const mine = this.current.channel()?.subscription?.role;
    return !this.isMe(follower) && hasRole(this.current.channel(), 'admin') && !ranksAtLeast(follower.role, mine ?? 'follower');
  }

  protected async give(follower: Follower, role: ChannelRole): Promise<void> {
    try {
      const params = { path: { channel_id: this.current.now.id, user_id: follower.user_id } };
      const call = this.api.ask((http) => http.PATCH('/v1/channels/{channel_id}/followers/{user_id}', { params, body: { role } }));
      const changed = await call;
      this.list.change((items) => items.map((each) => (each.user_id === changed.user_id ? changed : each)));
    } catch (error) {
      this.toasts.fail(error);
    }
  }

  protected async remove(): Promise<void> {
    const id = this.removing()?.user_id;
    this.removing.set(null);
    if (!id) return;
    try {
      const params = { path: { channel_id: this.current.now.id, user_id: id } };
      await this.api.ask((http) => http.DELETE('/v1/channels/{channel_id}/followers/{user_id}', { params }));
      this.list.change((items) => items.filter((each) => each.user_id !== id));
    } catch (error) {
      this.toasts.fail(error);
    }
  }
}
