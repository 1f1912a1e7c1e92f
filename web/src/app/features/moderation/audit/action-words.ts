const WORDS: Readonly<Record<string, () => string>> = {
  registered: () => $localize`:@@moderation.did.registered:Signed up`,
  signed_in: () => $localize`:@@moderation.did.signed_in:Signed in`,
  signed_out: () => $localize`:@@moderation.did.signed_out:Signed out`,
  login_failed: () => $localize`:@@moderation.did.login_failed:A sign-in failed`,
  code_failed: () => $localize`:@@moderation.did.code_failed:A code was wrong`,
  recovery_code_used: () => $localize`:@@moderation.did.recovery_code_used:A recovery code was used`,
  refresh_token_reused: () => $localize`:@@moderation.did.refresh_token_reused:A session was stolen or copied, and ended`,
  session_ended: () => $localize`:@@moderation.did.session_ended:A device was signed out`,
  other_sessions_ended: () => $localize`:@@moderation.did.other_sessions_ended:All other devices were signed out`,
  username_changed: () => $localize`:@@moderation.did.username_changed:The username was changed`,
  email_changed: () => $localize`:@@moderation.did.email_changed:The e-mail address was changed`,
  email_verified: () => $localize`:@@moderation.did.email_verified:The e-mail address was confirmed`,
  password_changed: () => $localize`:@@moderation.did.password_changed:The password was changed`,
  password_reset: () => $localize`:@@moderation.did.password_reset:The password was set anew by a link`,
  totp_confirmed: () => $localize`:@@moderation.did.totp_confirmed:An authenticator app was added`,
  passkey_confirmed: () => $localize`:@@moderation.did.passkey_confirmed:A passkey was added`,
  factor_deleted: () => $localize`:@@moderation.did.factor_deleted:A passkey or authenticator app was removed`,
  identity_linked: () => $localize`:@@moderation.did.identity_linked:A sign-in elsewhere was linked`,
  identity_removed: () => $localize`:@@moderation.did.identity_removed:A linked sign-in was removed`,
  roles_set: () => $localize`:@@moderation.did.roles_set:The roles were changed`,
  deactivated: () => $localize`:@@moderation.did.deactivated:The account was closed`,
  reactivated: () => $localize`:@@moderation.did.reactivated:The account was opened again`,
  export_asked: () => $localize`:@@moderation.did.export_asked:A copy of the data was asked for`,
  erasure_asked: () => $localize`:@@moderation.did.erasure_asked:The deletion of the account was asked for`,
  erasure_called_off: () => $localize`:@@moderation.did.erasure_called_off:The deletion was called off`,
  erased: () => $localize`:@@moderation.did.erased:The account was deleted`,
};

/** Everything that the log may tell of, for the filter. */
export const ACTIONS: readonly string[] = Object.keys(WORDS);

/** Returns what happened, in words; what is newer than this client keeps its own name. */
export function actionWords(action: string): string {
  return WORDS[action]?.() ?? action;
}
