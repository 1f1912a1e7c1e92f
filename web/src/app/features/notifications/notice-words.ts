import type { Notice } from '@core/notifications/notification-store';

/** Who did something, and where, as far as that is known by now. */
export interface Names {
  readonly actor: string | null;
  readonly place: string | null;
}

const ICONS: Readonly<Record<Notice['kind'], string>> = {
  post: 'channel',
  mention: 'at',
  reply: 'reply',
  comment: 'chat',
  media: 'image',
  payment: 'star',
  ad_approval: 'speaker',
  system: 'info',
};

export function iconOf(notice: Notice): string {
  return ICONS[notice.kind];
}

/** Says what happened. Several of a kind in one place are one line. */
export function wordsOf(notice: Notice, names: Names): string {
  const actor = names.actor ?? $localize`:@@notifications.somebody:Somebody`;
  const many = notice.count > 1;
  const count = notice.count;
  switch (notice.kind) {
    case 'post':
      return many ? $localize`:@@notifications.posts:${count}:count: new posts` : $localize`:@@notifications.post:A new post`;
    case 'mention':
      return many
        ? $localize`:@@notifications.mentions:You were mentioned ${count}:count: times`
        : $localize`:@@notifications.mention:${actor}:person: mentioned you`;
    case 'reply':
      return many
        ? $localize`:@@notifications.replies:${count}:count: replies to you`
        : $localize`:@@notifications.reply:${actor}:person: replied to you`;
    case 'comment':
      return many
        ? $localize`:@@notifications.comments:${count}:count: comments on your post`
        : $localize`:@@notifications.comment:${actor}:person: commented on your post`;
    case 'media':
      return ruleOf(notice) === 'media_failed'
        ? $localize`:@@notifications.media_failed:A file of yours cannot be shown`
        : $localize`:@@notifications.media_ready:Your video is ready`;
    case 'payment':
      return ruleOf(notice) === 'payment_succeeded'
        ? $localize`:@@notifications.tip:You were sent a tip`
        : $localize`:@@notifications.paid_subscription:Something changed about your paid subscription`;
    case 'ad_approval':
      return many ? $localize`:@@notifications.ad_approvals:${count}:count: campaigns want to be shown in your channel` : $localize`:@@notifications.ad_approval:A campaign wants to be shown in your channel`;
    case 'system':
      return ruleOf(notice) === 'webhook_disabled'
        ? $localize`:@@notifications.webhook_disabled:A webhook was given up after many failures`
        : $localize`:@@notifications.system:A message of the platform`;
  }
}

/** Says which rule made a notification, in full sentences. */
export function reasonOf(notice: Notice): string {
  switch (ruleOf(notice)) {
    case 'level_all':
      return $localize`:@@notifications.why.level_all:You follow this channel with “All posts”, and this device or another one of yours gets notifications.`;
    case 'mentioned':
      return $localize`:@@notifications.why.mentioned:Somebody wrote your name, and you want to be told of mentions.`;
    case 'replied_to':
      return $localize`:@@notifications.why.replied_to:Somebody answered a message of yours, and you want to be told of replies.`;
    case 'comment_on_your_post':
      return $localize`:@@notifications.why.comment:Somebody commented on a post that you published, and you want to be told of replies.`;
    case 'media_processed':
      return $localize`:@@notifications.why.media_processed:You sent a video, and it took a while until it could be played.`;
    case 'media_failed':
      return $localize`:@@notifications.why.media_failed:You sent a file that could not be prepared for others.`;
    case 'ad_approval_asked':
      return $localize`:@@notifications.why.ad_approval:You own a channel with advertising, and want to approve campaigns first.`;
    case 'webhook_disabled':
      return $localize`:@@notifications.why.webhook_disabled:You look after a channel whose webhook did not answer for days.`;
    default:
      return $localize`:@@notifications.why.other:Something happened that concerns your account.`;
  }
}

/** Where a person changes what the rule depends on. */
export function remedyOf(notice: Notice): string | null {
  if (notice.kind === 'post' && notice.channel_id) return `/channels/${notice.channel_id}/about`;
  if (['mention', 'reply', 'comment'].includes(notice.kind)) return '/notifications/preferences';
  if (notice.kind === 'ad_approval' && notice.channel_id) return `/channels/${notice.channel_id}/advertising`;
  if (notice.kind === 'system' && notice.channel_id) return `/channels/${notice.channel_id}/observers`;
  return null;
}

function ruleOf(notice: Notice): string {
  return String(notice.why['rule'] ?? '');
}
