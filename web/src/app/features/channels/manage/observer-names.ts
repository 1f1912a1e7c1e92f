import type { Schemas } from '@core/wire';

/** What an observer may ask for. */
export const EVENTS: readonly { id: string; name: string }[] = [
  { id: 'post.published', name: $localize`:@@channels.event.published:New posts` },
  { id: 'post.edited', name: $localize`:@@channels.event.edited:Changed posts` },
  { id: 'post.deleted', name: $localize`:@@channels.event.deleted:Deleted posts` },
  { id: 'post.pinned', name: $localize`:@@channels.event.pinned:Pinned posts` },
  { id: 'post.unpinned', name: $localize`:@@channels.event.unpinned:Unpinned posts` },
  { id: 'channel.updated', name: $localize`:@@channels.event.updated:Changes of the channel` },
];

const STATES: Readonly<Record<Schemas['ObserverView']['state'], string>> = {
  active: $localize`:@@channels.observer.active:working`,
  paused: $localize`:@@channels.observer.paused:paused`,
  failing: $localize`:@@channels.observer.failing:failing, tries again`,
  disabled: $localize`:@@channels.observer.disabled:given up`,
};

export function stateName(state: Schemas['ObserverView']['state']): string {
  return STATES[state];
}
