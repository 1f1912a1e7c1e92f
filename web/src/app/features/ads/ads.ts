import { Injectable, inject } from '@angular/core';

import { Api } from '@core/api';
import { Language } from '@core/language';
import type { Schemas } from '@core/wire';

import { addAdWords } from './problems';

export type Ad = Schemas['AdView'];
export type Why = Schemas['WhyView'];
export type RuleMatch = Schemas['RuleMatch'];
export type ReportReason = Schemas['AdReportBody']['reason'];
export type Preferences = Schemas['AdPreferencesView'];
export type PreferenceChanges = Schemas['AdPreferencesBody'];
export type Campaign = Schemas['CampaignView'];
export type Category = Schemas['CampaignBody']['category'];
export type CampaignReport = Schemas['CampaignReportView'];
export type Creative = Schemas['CreativeView'];
export type CreativeKind = Creative['kind'];
export type Targeting = Schemas['TargetingView'];
export type Advertiser = Schemas['AdvertiserView'];
export type ChannelAds = Schemas['ChannelAdsView'];
export type Approval = Schemas['ApprovalView'];
export type ChannelAdStats = Schemas['ChannelAdStatsView'];
export type AdReport = Schemas['AdReportView'];

type AdDeed = Pick<Ad, 'id' | 'ticket'>;

/** The ad of a channel that somebody reads, and what they do with it. */
@Injectable({ providedIn: 'root' })
export class Ads {
  private readonly api = inject(Api);
  private readonly language = inject(Language).current;

  constructor() {
    addAdWords();
  }

  /** Returns an ad for a place in a public channel; null where there is none, whatever the reason. */
  async choose(channelId: string, atSeq: number): Promise<Ad | null> {
    const params = { path: { channel_id: channelId }, query: { at_seq: atSeq, language: this.language } };
    const { data } = await this.api.http.GET('/v1/channels/{channel_id}/ad', { params });
    return data ?? null;
  }

  viewed({ id, ticket }: AdDeed, visibleMs: number): Promise<Schemas['CountedView']> {
    const body = { ticket, visible_ms: visibleMs };
    return this.api.ask((http) => http.POST('/v1/ads/{ad_id}/viewed', { params: { path: { ad_id: id } }, body }));
  }

  clicked({ id, ticket }: AdDeed): Promise<Schemas['CountedView']> {
    return this.api.ask((http) => http.POST('/v1/ads/{ad_id}/clicked', { params: { path: { ad_id: id } }, body: { ticket } }));
  }

  async hide({ id, ticket }: AdDeed): Promise<void> {
    await this.api.ask((http) => http.POST('/v1/ads/{ad_id}/hide', { params: { path: { ad_id: id } }, body: { ticket } }));
  }

  async report({ id, ticket }: AdDeed, reason: ReportReason, note: string): Promise<void> {
    const body = { ticket, reason, note };
    await this.api.ask((http) => http.POST('/v1/ads/{ad_id}/report', { params: { path: { ad_id: id } }, body }));
  }

  explain({ id, ticket }: AdDeed): Promise<Why> {
    return this.api.ask((http) => http.POST('/v1/ads/{ad_id}/why', { params: { path: { ad_id: id } }, body: { ticket } }));
  }
}
