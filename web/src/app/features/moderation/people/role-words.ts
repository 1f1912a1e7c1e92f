import type { Schemas } from '@core/wire';

export type Role = Schemas['AccountView']['roles'][number];

/** Returns what a role on the platform is called. */
export function roleWords(role: Role): string {
  if (role === 'admin') return $localize`:@@moderation.role.admin:Administrator`;
  return role === 'moderator' ? $localize`:@@moderation.role.moderator:Moderator` : $localize`:@@moderation.role.user:User`;
}
