import type { ChannelRole } from '@core/channels/channel';

const NAMES: Readonly<Record<ChannelRole, string>> = {
  owner: $localize`:@@channels.role.owner:Owner`,
  admin: $localize`:@@channels.role.admin:Admin`,
  author: $localize`:@@channels.role.author:Author`,
  follower: $localize`:@@channels.role.follower:Follower`,
};

export function roleName(role: ChannelRole): string {
  return NAMES[role];
}
