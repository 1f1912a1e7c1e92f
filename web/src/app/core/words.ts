import type { ProblemFacts } from './problem';

type Words = Readonly<Record<string, () => string>>;

/**
 * What people read for a refusal. One table for the whole client: a code that
 * is not in it gets a general sentence by its status.
 */
const WORDS: Record<string, () => string> = {
  offline: () => $localize`:@@core.problem.offline:No connection. Check your network and try again.`,
  unavailable: () => $localize`:@@core.problem.unavailable:Charla cannot answer right now. Try again in a moment.`,
  // Signing in
  wrong_credentials: () => $localize`:@@core.problem.wrong_credentials:The name or the password is wrong.`,
  wrong_code: () => $localize`:@@core.problem.wrong_code:That code is not valid. Check the time of your phone, or use a recovery code.`,
  login_throttled: () => $localize`:@@core.problem.login_throttled:Too many attempts. Wait a moment and try again.`,
  account_deactivated: () => $localize`:@@core.problem.account_deactivated:This account is deactivated.`,
  session_ended: () => $localize`:@@core.problem.session_ended:This session has ended. Sign in again.`,
  token_reused: () => $localize`:@@core.problem.token_reused:This session has ended. Sign in again.`,
  unauthenticated: () => $localize`:@@core.problem.unauthenticated:Sign in to go on.`,
  token_invalid: () => $localize`:@@core.problem.token_invalid:That took too long. Begin again.`,
  passkey_refused: () => $localize`:@@core.problem.passkey_refused:That passkey was not accepted. Try again, or sign in with your password.`,
  passkey_cancelled: () => $localize`:@@core.problem.passkey_cancelled:The passkey was not used. Try again, or sign in with your password.`,
  username_taken: () => $localize`:@@core.problem.username_taken:Somebody else has that name. Choose another one.`,
  invalid_username: () => $localize`:@@core.problem.invalid_username:A name has 3 to 32 letters, digits, dots or underscores, and starts with a letter.`,
  weak_password: () => $localize`:@@core.problem.weak_password:That password is too short, too common or too like your name. A whole sentence is a good one.`,
  link_invalid: () => $localize`:@@core.problem.link_invalid:That link is not valid, was used, or has expired. Ask for a new one.`,
  sign_up_closed: () => $localize`:@@core.problem.sign_up_closed:Nobody here is known by that sign-in. Sign in another way, and link it to your account.`,
  recent_sign_in_required: () => $localize`:@@core.problem.recent_sign_in_required:Sign in again first, and do this within ten minutes.`,
  second_factor_required: () => $localize`:@@core.problem.second_factor_required:Your account needs a second step now. Sign in again.`,
  passkey_required: () => $localize`:@@core.problem.passkey_required:Your account needs its passkey here. Sign in with that.`,
  last_factor: () => $localize`:@@core.problem.last_factor:Your account needs a second step here. Add another one first.`,
  last_sign_in_way: () => $localize`:@@core.problem.last_sign_in_way:That is your last way to sign in. Add another one first.`,
  identity_taken: () => $localize`:@@core.problem.identity_taken:That sign-in belongs to another account.`,
  too_many_identities: () => $localize`:@@core.problem.too_many_identities:An account has at most 20 linked sign-ins.`,
  too_many_factors: () => $localize`:@@core.problem.too_many_factors:An account has at most 20 passkeys and codes.`,
  factor_already_confirmed: () => $localize`:@@core.problem.factor_already_confirmed:That is in use already.`,
  last_admin: () => $localize`:@@core.problem.last_admin:Somebody has to be an administrator. Name another one first.`,
  oidc_state_invalid: () => $localize`:@@core.problem.oidc_state_invalid:That sign-in was begun elsewhere or took too long. Begin again.`,
  oidc_denied: () => $localize`:@@core.problem.oidc_denied:The sign-in was called off at the provider.`,
  oidc_refused: () => $localize`:@@core.problem.oidc_refused:The provider's answer could not be verified. Begin again.`,
  oidc_provider_away: () => $localize`:@@core.problem.oidc_provider_away:The provider does not answer right now. Try again in a moment.`,
  passkey_not_made: () => $localize`:@@core.problem.passkey_not_made:No passkey was made. Try again when you are ready.`,
  export_running: () => $localize`:@@core.problem.export_running:A copy is being made already.`,
  too_many_exports: () => $localize`:@@core.problem.too_many_exports:That is enough for today. Ask for another copy tomorrow.`,
  erasure_asked: () => $localize`:@@core.problem.erasure_asked:Your account is about to be deleted already.`,
  unknown_about: () => $localize`:@@core.problem.unknown_user:There is no such person.`,
  unknown_by: () => $localize`:@@core.problem.unknown_user:There is no such person.`,
  unknown_report: () => $localize`:@@core.problem.unknown_report:There is no such report.`,
  report_closed: () => $localize`:@@core.problem.report_closed:Somebody else has settled that report already.`,
  // Conversations
  unknown_conversation: () => $localize`:@@core.problem.unknown_conversation:This conversation does not exist, or you are not in it any more.`,
  unknown_message: () => $localize`:@@core.problem.unknown_message:That message is not there any more.`,
  unknown_member: () => $localize`:@@core.problem.unknown_member:That person is not in this conversation.`,
  unknown_person: () => $localize`:@@core.problem.unknown_person:There is no such person.`,
  unknown_user: () => $localize`:@@core.problem.unknown_user:There is no such person.`,
  role_too_low: () => $localize`:@@core.problem.role_too_low:Your role here does not allow that.`,
  not_your_message: () => $localize`:@@core.problem.not_your_message:That is somebody else's message.`,
  blocked: () => $localize`:@@core.problem.blocked:You cannot write to this person.`,
  message_empty: () => $localize`:@@core.problem.message_empty:Write something first.`,
  text_too_long: () => $localize`:@@core.problem.text_too_long:That text is too long.`,
  reply_invalid: () => $localize`:@@core.problem.reply_invalid:The message that you answer is not there any more.`,
  send_time_invalid: () => $localize`:@@core.problem.send_time_invalid:Choose a time in the future, at most a year ahead.`,
  poll_closed: () => $localize`:@@core.problem.poll_closed:This poll is closed.`,
  poll_invalid: () => $localize`:@@core.problem.poll_invalid:A poll needs a question and at least two different answers.`,
  vote_invalid: () => $localize`:@@core.problem.vote_invalid:That vote does not fit this poll.`,
  too_many_members: () => $localize`:@@core.problem.too_many_members:There is no room for more people here.`,
  too_many_reactions: () => $localize`:@@core.problem.too_many_reactions:There is no room for another reaction here.`,
  too_many_pins: () => $localize`:@@core.problem.too_many_pins:There is no room for another pinned message. Unpin one first.`,
  last_owner: () => $localize`:@@core.problem.last_owner:A group needs an owner. Name another one first.`,
  slow_mode: () => $localize`:@@core.problem.slow_mode:Slow mode is on here. Wait a moment before you write again.`,
  // Channels
  unknown_channel: () => $localize`:@@core.problem.unknown_channel:This channel does not exist, or is not open to you.`,
  unknown_post: () => $localize`:@@core.problem.unknown_post:That post is not there any more.`,
  unknown_invite: () => $localize`:@@core.problem.unknown_invite:That invitation is not valid any more.`,
  channel_role_too_low: () => $localize`:@@core.problem.channel_role_too_low:Your role in this channel does not allow that.`,
  comments_off: () => $localize`:@@core.problem.comments_off:Comments are off for this post.`,
  handle_taken: () => $localize`:@@core.problem.handle_taken:Another channel has that address. Choose another one.`,
  handle_invalid: () => $localize`:@@core.problem.handle_invalid:That address does not work. Use letters, digits and underscores, and start with a letter.`,
  post_empty: () => $localize`:@@core.problem.post_empty:Write something first.`,
  publish_time_invalid: () => $localize`:@@core.problem.publish_time_invalid:Choose a time in the future, at most a year ahead.`,
  channel_last_owner: () => $localize`:@@core.problem.channel_last_owner:A channel needs an owner. Name another one first.`,
  too_many_followed: () => $localize`:@@core.problem.too_many_followed:You follow as many channels as one person can. Leave one first.`,
  too_many_observers: () => $localize`:@@core.problem.too_many_observers:This channel has no room for another observer.`,
  too_many_invites: () => $localize`:@@core.problem.too_many_invites:This channel has too many invitations. Revoke one first.`,
  too_many_push_endpoints: () => $localize`:@@core.problem.too_many_push_endpoints:You get notifications on as many devices as one person can. Remove one first.`,
  address_refused: () => $localize`:@@core.problem.address_refused:That address cannot be used here.`,
  url_wanted: () => $localize`:@@core.problem.url_wanted:Give a whole address that begins with https://.`,
  preferences_invalid: () => $localize`:@@core.problem.preferences_invalid:These settings do not fit together.`,
  // Media
  unknown_media: () => $localize`:@@core.problem.unknown_media:That file is not there any more.`,
  media_not_ready: () => $localize`:@@core.problem.media_not_ready:That file is still being prepared.`,
  quota_exceeded: () => $localize`:@@core.problem.quota_exceeded:Your space is full. Delete files that you do not need any more.`,
  media_too_large: () => $localize`:@@core.problem.media_too_large:That file is too large.`,
  media_type_refused: () => $localize`:@@core.problem.media_type_refused:Files of that kind cannot be sent here.`,
  media_type_mismatch: () => $localize`:@@core.problem.media_type_mismatch:That file is not what its name says.`,
  media_invalid: () => $localize`:@@core.problem.media_invalid:That file is damaged and cannot be shown.`,
  too_many_uploads: () => $localize`:@@core.problem.too_many_uploads:Too many files are being sent at once. Wait until one is done.`,
  upload_expired: () => $localize`:@@core.problem.upload_expired:That file took too long to send. Send it again.`,
  preview_unavailable: () => $localize`:@@core.problem.preview_unavailable:That page cannot be shown.`,
  preview_refused: () => $localize`:@@core.problem.preview_refused:That page cannot be shown.`,
  // Anything
  forbidden: () => $localize`:@@core.problem.forbidden:You may not do that.`,
  idempotency_mismatch: () => $localize`:@@core.problem.idempotency_mismatch:That was sent before with another content. Try again.`,
  body_too_large: () => $localize`:@@core.problem.body_too_large:That is too much at once.`,
};

/** Adds what only a feature can be refused, as that is loaded: the first screen does without it. */
export function addWords(words: Words): void {
  Object.assign(WORDS, words);
}

/** Returns the sentence for a refusal, with how long to wait where that is known. */
export function wordsFor(facts: Pick<ProblemFacts, 'code' | 'status' | 'retry_after_s'>): string {
  const words = WORDS[facts.code]?.() ?? byStatus(facts.status);
  const seconds = Math.ceil(facts.retry_after_s ?? 0);
  return facts.status === 429 && seconds > 1 ? `${words} ${wait(seconds)}` : words;
}

function wait(seconds: number): string {
  return $localize`:@@core.problem.wait:(${seconds}:seconds: s)`;
}

function byStatus(status: number): string {
  if (status === 0) return WORDS['offline']!();
  if (status === 403) return WORDS['forbidden']!();
  if (status === 404) return $localize`:@@core.problem.404:That is not there any more.`;
  if (status === 429) return $localize`:@@core.problem.429:That was too fast. Wait a moment and try again.`;
  if (status >= 500) return WORDS['unavailable']!();
  return $localize`:@@core.problem.other:That did not work. Try again.`;
}
