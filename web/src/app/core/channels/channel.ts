import type { Schemas } from '@core/wire';

export type Channel = Schemas['ChannelView'];
export type Post = Schemas['PostView'];
export type Subscription = NonNullable<Channel['subscription']>;
export type Level = Subscription['level'];
export type ChannelRole = Subscription['role'];

const RANKS: readonly ChannelRole[] = ['follower', 'author', 'admin', 'owner'];

/** Whether somebody has a role in a channel, or a higher one. */
export function hasRole(channel: Channel | undefined, least: ChannelRole): boolean {
  const role = channel?.subscription?.role;
  return role !== undefined && ranksAtLeast(role, least);
}

export function ranksAtLeast(role: ChannelRole, least: ChannelRole): boolean {
  return RANKS.indexOf(role) >= RANKS.indexOf(least);
}

/** Whether nothing of a channel shall call for attention now. */
export function isQuiet(channel: Channel, now = Date.now()): boolean {
  const { level, muted_until: until } = channel.subscription ?? {};
  return level === 'silent' || level === 'mentions' || (!!until && Date.parse(until) > now);
}

/** The address of a channel inside the client: by its handle, where it has one. */
export function pathOf(channel: Channel): string {
  return `/channels/${channel.handle ? `@${channel.handle}` : channel.id}`;
}
