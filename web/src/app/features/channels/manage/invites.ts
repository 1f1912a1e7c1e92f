import { ChangeDetectionStrategy, Component, inject, signal } from '@angular/core';
import { NonNullableFormBuilder, ReactiveFormsModule } from '@angular/forms';

import { Api } from '@core/api';
import type { Schemas } from '@core/wire';
import { Dialog } from '@shared/dialog';
import { Empty } from '@shared/empty';
import { Control, Field } from '@shared/field';
import { Icon } from '@shared/icon';
import { Listing } from '@shared/listing';
import { LoadFailed } from '@shared/load-failed';
import { Skeleton } from '@shared/spinner';
import { TimePipe } from '@shared/time';
import { Toasts } from '@shared/toast';

import { ChannelActions } from '../channel-actions';
import { CurrentChannel } from '../current-channel';

import { JoinRequests } from './join-requests';
import { SubPage } from './sub-page';

type Invite = Schemas['InviteView'];

const HOUR_S = 3_600;
const DAY_S = 24 * HOUR_S;

/** Invitations to a channel, and who asks to be let in. */
@Component({
  selector: 'app-invites',
  imports: [Control, Dialog, Empty, Field, Icon, JoinRequests, LoadFailed, ReactiveFormsModule, Skeleton, SubPage, TimePipe],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './invites.html',
})
export class Invites {
  private readonly api = inject(Api);
  private readonly toasts = inject(Toasts);
  private readonly actions = inject(ChannelActions);
  private readonly current = inject(CurrentChannel);
  protected readonly making = signal(false);
  protected readonly busy = signal(false);
  /** The one that was made just now: its link is shown this once. */
  protected readonly made = signal<Invite | null>(null);
  protected readonly form = inject(NonNullableFormBuilder).group({ lasts: '604800', uses: '', approval: false });
  protected readonly durations = [
    { seconds: String(HOUR_S), name: $localize`:@@channels.invite.hour:1 hour` },
    { seconds: String(DAY_S), name: $localize`:@@channels.invite.day:1 day` },
    { seconds: String(7 * DAY_S), name: $localize`:@@channels.invite.week:1 week` },
    { seconds: String(30 * DAY_S), name: $localize`:@@channels.invite.month:30 days` },
    { seconds: '', name: $localize`:@@channels.invite.forever:Until it is revoked` },
  ];
  protected readonly list = new Listing<Invite>(async () => {
    const params = { path: { channel_id: this.current.now.id } };
    const page = await this.api.ask((http) => http.GET('/v1/channels/{channel_id}/invites', { params }));
    return { ...page, items: page.items.filter((each) => !each.revoked) };
  });
  private wish = crypto.randomUUID();

  constructor() {
    void this.list.load();
  }

  protected begin(): void {
    this.made.set(null);
    this.wish = crypto.randomUUID();
    this.making.set(true);
  }

  protected async make(): Promise<void> {
    const { lasts, uses, approval } = this.form.getRawValue();
    const body = { expires_in_s: Number(lasts) || null, max_uses: Number(uses) || null, needs_approval: approval };
    const params = { path: { channel_id: this.current.now.id }, header: { 'Idempotency-Key': `${this.wish}.${JSON.stringify(Object.values(body))}` } };
    await this.toasts.attempt(this.busy, async () => {
      this.made.set(await this.api.ask((http) => http.POST('/v1/channels/{channel_id}/invites', { params, body })));
      await this.list.load();
    });
  }

  protected copy(link: string): void {
    void this.actions.copy(link, $localize`:@@channels.link_copied:Link copied`);
  }

  protected async revoke(invite: Invite): Promise<void> {
    try {
      const params = { path: { channel_id: this.current.now.id, invite_id: invite.id } };
      await this.api.ask((http) => http.DELETE('/v1/channels/{channel_id}/invites/{invite_id}', { params }));
      this.list.change((items) => items.filter((each) => each.id !== invite.id));
      this.toasts.show($localize`:@@channels.invite.revoked:The invitation is not valid any more.`);
    } catch (error) {
      this.toasts.fail(error);
    }
  }

  protected isOver(invite: Invite): boolean {
    const usedUp = invite.max_uses !== null && invite.uses >= invite.max_uses;
    return usedUp || (!!invite.expires_at && Date.parse(invite.expires_at) < Date.now());
  }
}
