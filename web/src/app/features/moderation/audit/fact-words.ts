const WAYS: Readonly<Record<string, () => string>> = {
  password: () => $localize`:@@moderation.by.password:with the password`,
  passkey: () => $localize`:@@moderation.by.passkey:with a passkey`,
  code: () => $localize`:@@moderation.by.code:with a code`,
  oidc: () => $localize`:@@moderation.by.oidc:with a linked sign-in`,
};

/** Returns the rest of what is known of an entry: how somebody came in, and what was before and after. */
export function factWords(facts: Readonly<Record<string, unknown>>): string {
  const { by, before, after, ...others } = facts;
  const way = typeof by === 'string' ? (WAYS[by]?.() ?? by) : '';
  const change = before !== undefined && after !== undefined ? `${text(before)} → ${text(after)}` : '';
  const rest = Object.entries(others)
    .filter(([name]) => !name.endsWith('_id'))
    .map(([, value]) => text(value));
  return [way, change, ...rest].filter(Boolean).join(' · ');
}

function text(value: unknown): string {
  return Array.isArray(value) ? value.join(', ') : String(value);
}
