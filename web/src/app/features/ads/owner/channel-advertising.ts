import { ChangeDetectionStrategy, Component, OnInit, computed, inject, input, signal } from '@angular/core';

import { Api } from '@core/api';
import { type ProblemError, asProblem } from '@core/problem';
import type { Schemas } from '@core/wire';
import { Icon } from '@shared/icon';
import { LoadFailed } from '@shared/load-failed';
import { Skeleton } from '@shared/spinner';
import { Toasts } from '@shared/toast';

import type { Category, ChannelAds } from '../ads';
import { addAdWords } from '../problems';
import { CATEGORIES, categoryWords } from '../words';

import { AdEarnings } from './ad-earnings';
import { Approvals } from './approvals';

/** An owner's say about ads in a channel: whether there are any, which, and what they earned. */
@Component({
  selector: 'app-channel-advertising',
  imports: [AdEarnings, Approvals, Icon, LoadFailed, Skeleton],
  changeDetection: ChangeDetectionStrategy.OnPush,
  host: { class: 'selling' },
  templateUrl: './channel-advertising.html',
})
export class ChannelAdvertising implements OnInit {
  private readonly api = inject(Api);
  private readonly toasts = inject(Toasts);
  readonly channelId = input.required<string>();
  protected readonly settings = signal<ChannelAds | null>(null);
  protected readonly problem = signal<ProblemError | null>(null);
  protected readonly isBusy = signal(false);
  protected readonly categories = CATEGORIES.map((id) => ({ id, name: categoryWords(id) })).sort((a, b) => a.name.localeCompare(b.name));
  protected readonly blocked = computed(() => (this.settings()?.blocked_advertisers ?? []).map((id) => ({ id, name: this.nameOf(id) })));

  constructor() {
    addAdWords();
  }

  ngOnInit(): void {
    void this.load();
  }

  protected change(body: Schemas['ChannelAdsBody']): void {
    void this.toasts.attempt(this.isBusy, async () => {
      const params = { path: { channel_id: this.channelId() } };
      this.settings.set(await this.api.ask((http) => http.PATCH('/v1/channels/{channel_id}/ads', { params, body })));
    });
  }

  protected toggle(category: Category): void {
    const now = this.settings()?.blocked_categories ?? [];
    const blocked = now.includes(category) ? now.filter((each) => each !== category) : [...now, category];
    this.change({ blocked_categories: blocked as Category[] });
  }

  protected block(id: string): void {
    this.change({ blocked_advertisers: [...new Set([...(this.settings()?.blocked_advertisers ?? []), id])] });
  }

  protected unblock(id: string): void {
    this.change({ blocked_advertisers: (this.settings()?.blocked_advertisers ?? []).filter((each) => each !== id) });
  }

  private nameOf(id: string): string {
    return this.settings()?.blocked.find((each) => each.id === id)?.name ?? $localize`:@@ads.owner.some_advertiser:An advertiser`;
  }

  protected async load(): Promise<void> {
    this.problem.set(null);
    try {
      const params = { path: { channel_id: this.channelId() } };
      this.settings.set(await this.api.ask((http) => http.GET('/v1/channels/{channel_id}/ads', { params })));
    } catch (error) {
      this.problem.set(asProblem(error));
    }
  }
}
