import type { Schemas } from '@core/wire';

import type { Campaign } from '../ads';

import type { CampaignFacts } from './campaigns';
import { localTime } from './moments';

/** Returns what somebody changed of a campaign. Times that look the same are the same. */
export function changedIn(campaign: Campaign, { currency: _, ...facts }: CampaignFacts): Schemas['CampaignChangesBody'] {
  const shown = (name: string, value: unknown) => (name.endsWith('_at') ? localTime(String(value)) : JSON.stringify(value));
  const changed = Object.entries(facts).filter(([name, value]) => shown(name, value) !== shown(name, campaign[name as keyof Campaign]));
  return Object.fromEntries(changed) as Schemas['CampaignChangesBody'];
}
