import { Injectable, inject } from '@angular/core';

import { Database } from '@core/database';
import { Session } from '@core/session';

/** What somebody began to write in a channel; kept in this browser until it is published. */
@Injectable({ providedIn: 'root' })
export class PostDrafts {
  private readonly database = inject(Database);
  private readonly session = inject(Session);

  async get(channelId: string): Promise<string> {
    const kept = await (await this.open())?.get('drafts', placeOf(channelId));
    return typeof kept?.value === 'string' ? kept.value : '';
  }

  async set(channelId: string, text: string): Promise<void> {
    const place = placeOf(channelId);
    const database = await this.open();
    if (text.trim()) await database?.put('drafts', { place, value: text, savedAt: Date.now() });
    else await database?.delete('drafts', place);
  }

  private async open() {
    const me = this.session.me()?.id;
    return me ? this.database.open(me).catch(() => null) : null;
  }
}

function placeOf(channelId: string): string {
  return `channel-draft:${channelId}`;
}
