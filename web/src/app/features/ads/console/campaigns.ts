import { Injectable, inject, signal } from '@angular/core';

import { Api } from '@core/api';
import { Installation } from '@core/installation';
import { ProblemError } from '@core/problem';
import type { Schemas } from '@core/wire';
import { Listing } from '@shared/listing';
import type { Currency } from '@shared/money/currencies';

import type { Advertiser, Campaign, Creative, Targeting } from '../ads';
import { addAdWords } from '../problems';

export type CampaignFacts = Omit<Schemas['CampaignBody'], 'targeting'> & { targeting: Targeting };
export type CreativeFacts = Schemas['CreativeBody'];
type Deed = 'start' | 'pause' | 'end';

/** What an advertiser has: the account, the campaigns, and their ads. */
@Injectable({ providedIn: 'root' })
export class Campaigns {
  private readonly api = inject(Api);
  private readonly installation = inject(Installation);
  private readonly known = signal<Advertiser | null | undefined>(undefined);
  /** null: they have no account; undefined: that is not known yet. */
  readonly advertiser = this.known.asReadonly();
  readonly list = new Listing<Campaign>((after) => this.api.ask((http) => http.GET('/v1/campaigns', { params: { query: { after, limit: 50 } } })));

  constructor() {
    addAdWords();
  }

  async load(): Promise<void> {
    this.known.set(await this.account());
    if (this.known()) await this.list.load();
  }

  private async account(): Promise<Advertiser | null> {
    return this.api.ask((http) => http.GET('/v1/advertiser')).catch((error: unknown) => {
      if (error instanceof ProblemError && error.code === 'not_an_advertiser') return null;
      throw error;
    });
  }

  async currency(): Promise<Currency> {
    return (await this.installation.facts()).ads_currency as Currency;
  }

  async saveAccount(body: Schemas['AdvertiserBody']): Promise<void> {
    const isNew = !this.known();
    this.known.set(await this.api.ask((http) => http.PUT('/v1/advertiser', { body })));
    if (isNew) await this.list.load();
  }

  async get(id: string): Promise<Campaign> {
    return this.put(await this.api.ask((http) => http.GET('/v1/campaigns/{campaign_id}', { params: pathTo(id) })));
  }

  async create(key: string, body: CampaignFacts): Promise<Campaign> {
    const params = { header: { 'Idempotency-Key': key } };
    return this.put(await this.api.ask((http) => http.POST('/v1/campaigns', { params, body })));
  }

  async update(id: string, body: Schemas['CampaignChangesBody']): Promise<Campaign> {
    return this.put(await this.api.ask((http) => http.PATCH('/v1/campaigns/{campaign_id}', { params: pathTo(id), body })));
  }

  async remove(id: string): Promise<void> {
    await this.api.ask((http) => http.DELETE('/v1/campaigns/{campaign_id}', { params: pathTo(id) }));
    this.list.change((all) => all.filter((each) => each.id !== id));
  }

  async do(id: string, deed: Deed): Promise<Campaign> {
    return this.put(await this.api.ask((http) => http.POST(`/v1/campaigns/{campaign_id}/${deed}`, { params: pathTo(id) })));
  }

  async reach(targeting: Targeting): Promise<number> {
    return (await this.api.ask((http) => http.POST('/v1/campaigns/reach', { body: { targeting } }))).channels;
  }

  createCreative(key: string, campaignId: string, body: CreativeFacts): Promise<Creative> {
    const params = { ...pathTo(campaignId), header: { 'Idempotency-Key': key } };
    return this.api.ask((http) => http.POST('/v1/campaigns/{campaign_id}/creatives', { params, body }));
  }

  updateCreative({ campaign_id, id }: Creative, body: CreativeFacts): Promise<Creative> {
    const params = { path: { campaign_id, creative_id: id } };
    return this.api.ask((http) => http.PATCH('/v1/campaigns/{campaign_id}/creatives/{creative_id}', { params, body }));
  }

  async removeCreative({ campaign_id, id }: Creative): Promise<void> {
    const params = { path: { campaign_id, creative_id: id } };
    await this.api.ask((http) => http.DELETE('/v1/campaigns/{campaign_id}/creatives/{creative_id}', { params }));
  }

  private put(campaign: Campaign): Campaign {
    this.list.change((all) => (all.some((each) => each.id === campaign.id) ? all.map((each) => (each.id === campaign.id ? campaign : each)) : [campaign, ...all]));
    return campaign;
  }
}

function pathTo(id: string): { path: { campaign_id: string } } {
  return { path: { campaign_id: id } };
}
