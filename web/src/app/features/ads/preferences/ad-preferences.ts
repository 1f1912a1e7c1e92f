import { Injectable, inject, signal } from '@angular/core';

import { Api } from '@core/api';

import type { PreferenceChanges, Preferences } from '../ads';

/** What somebody decided about ads. */
@Injectable({ providedIn: 'root' })
export class AdPreferences {
  private readonly api = inject(Api);
  private readonly known = signal<Preferences | null>(null);
  readonly now = this.known.asReadonly();

  async load(): Promise<void> {
    this.known.set(await this.api.ask((http) => http.GET('/v1/users/me/ads')));
  }

  async change(body: PreferenceChanges): Promise<void> {
    this.known.set(await this.api.ask((http) => http.PATCH('/v1/users/me/ads', { body })));
  }

  async unhide(campaignId: string): Promise<void> {
    const params = { path: { campaign_id: campaignId } };
    await this.api.ask((http) => http.DELETE('/v1/users/me/ads/hidden/{campaign_id}', { params }));
    this.known.update((now) => now && { ...now, hidden: now.hidden.filter((each) => each['campaign_id'] !== campaignId) });
  }
}
