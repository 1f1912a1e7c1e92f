import { Injectable, inject } from '@angular/core';

import { Api } from '../api';
import { ChannelStore } from '../channels/channel-store';
import type { Schemas } from '../wire';

import { CatchUp } from './catch-up';
import { Conversations } from './conversations';
import { StoreCache } from './store-cache';

/** More conversations than this are listed instead of being asked for one by one. */
const FEW = 8;
const PAGE = 100;

/** Asks what differs from what is known: on every connection, and once a minute. */
@Injectable({ providedIn: 'root' })
export class Sync {
  private readonly api = inject(Api);
  private readonly conversations = inject(Conversations);
  private readonly catchUp = inject(CatchUp);
  private readonly channels = inject(ChannelStore);
  private readonly cache = inject(StoreCache);
  private epoch?: string;

  /** Lists all conversations, the archived ones last. */
  async list(): Promise<void> {
    await this.listThose(false);
    await this.listThose(true);
  }

  /** Lists the latest ones again: what one has set and read elsewhere moves no `ver`. */
  async refresh(): Promise<void> {
    (await this.page(false)).items.forEach((each) => this.catchUp.absorb(each));
  }

  async run(): Promise<void> {
    const heads = Object.fromEntries(this.conversations.all().map((each) => [each.id, each.ver]));
    const call = this.api.ask((http) => http.POST('/v1/sync', { body: { heads, channels: this.channels.heads() } }));
    const { epoch, items, channels } = await call;
    if (await this.isAnotherHistory(epoch)) return this.reload();
    await this.channels.catchUp(channels ?? []);
    items.filter((each) => each.gone).forEach((each) => this.catchUp.drop(each.conv));
    const ahead = items.filter((each) => !each.gone && this.isAhead(each));
    const unknown = ahead.filter((each) => !this.conversations.get(each.conv));
    if (unknown.length > FEW) await this.list();
    await Promise.all(ahead.filter((each) => this.isAhead(each)).map((each) => this.reach(each)));
  }

  /** Begins anew: what is kept in memory was undone. Tests put something else in its place. */
  reload: () => void = () => location.reload();

  /** Whether older data was restored since the last answer: what is known may never have been. */
  private async isAnotherHistory(epoch: string): Promise<boolean> {
    const isKeptBefore = await this.cache.isKeptBefore(epoch);
    const isSeenBefore = this.epoch !== undefined && this.epoch !== epoch;
    this.epoch = epoch;
    return isKeptBefore || isSeenBefore;
  }

  private async reach(item: Schemas['SyncItem']): Promise<void> {
    await this.catchUp.reach(item.conv, item.ver);
    const reached = this.conversations.get(item.conv);
    if (reached?.ver === item.ver) this.conversations.put({ ...reached, unread: item.unread });
  }

  private isAhead(item: Schemas['SyncItem']): boolean {
    return (this.conversations.get(item.conv)?.ver ?? -1) < item.ver;
  }

  private async listThose(archived: boolean): Promise<void> {
    let after: string | undefined;
    do {
      const page = await this.page(archived, after);
      page.items.forEach((each) => this.catchUp.absorb(each));
      after = page.next ?? undefined;
    } while (after);
  }

  private page(archived: boolean, after?: string) {
    const query = { limit: PAGE, archived, after };
    return this.api.ask((http) => http.GET('/v1/conversations', { params: { query } }));
  }
}
