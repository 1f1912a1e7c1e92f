import type { Line, Payment, PaymentRequest, Payout, PaidSubscription } from './payments';

type Words = () => string;

const STATUS: Readonly<Record<string, Words>> = {
  created: () => $localize`:@@payments.status.created:Being prepared`,
  requires_action: () => $localize`:@@payments.status.requires_action:Not confirmed yet`,
  processing: () => $localize`:@@payments.status.processing:Under way`,
  succeeded: () => $localize`:@@payments.status.succeeded:Paid`,
  failed: () => $localize`:@@payments.status.failed:Not paid`,
  canceled: () => $localize`:@@payments.status.canceled:Canceled`,
  expired: () => $localize`:@@payments.status.expired:Expired`,
  open: () => $localize`:@@payments.status.open:Waiting for an answer`,
  paid: () => $localize`:@@payments.status.paid:Paid`,
  declined: () => $localize`:@@payments.status.declined:Declined`,
  in_transit: () => $localize`:@@payments.status.in_transit:On its way`,
};

/** Returns what has become of a payment or of a request for money. */
export function statusWords(shown: { status: string; amount: number; refunded?: number; disputed?: boolean }): string {
  const { status, amount, refunded = 0, disputed = false } = shown;
  if (disputed) return $localize`:@@payments.status.disputed:Disputed`;
  if (refunded >= amount) return $localize`:@@payments.status.refunded:Given back`;
  if (refunded > 0) return $localize`:@@payments.status.partly_refunded:Partly given back`;
  return STATUS[status]?.() ?? status;
}

/** Returns which colour a state has. */
export function statusTone(shown: { status: string; refunded?: number; disputed?: boolean }): 'active' | 'failing' | 'disabled' | '' {
  if (shown.disputed || shown.status === 'failed') return 'disabled';
  if (shown.refunded) return '';
  if (['succeeded', 'paid'].includes(shown.status)) return 'active';
  return ['created', 'requires_action', 'processing', 'open', 'in_transit'].includes(shown.status) ? 'failing' : '';
}

const KINDS: Readonly<Record<Payment['kind'], Words>> = {
  transfer: () => $localize`:@@payments.kind.transfer:Payment in a chat`,
  tip: () => $localize`:@@payments.kind.tip:Tip`,
  post: () => $localize`:@@payments.kind.post:Post`,
  plan: () => $localize`:@@payments.kind.plan:Subscription`,
  ad_free: () => $localize`:@@payments.kind.ad_free:Charla without advertising`,
  top_up: () => $localize`:@@payments.kind.top_up:Top-up`,
  ads_top_up: () => $localize`:@@payments.kind.ads_top_up:Top-up for advertising`,
};

export function kindWords(kind: string): string {
  return KINDS[kind as Payment['kind']]?.() ?? lineWords(kind);
}

const LINES: Readonly<Record<string, Words>> = {
  payment: () => $localize`:@@payments.line.payment:Payment`,
  charge: () => $localize`:@@payments.line.payment:Payment`,
  refund: () => $localize`:@@payments.line.refund:Refund`,
  refund_failed: () => $localize`:@@payments.line.refund_failed:Refund that failed`,
  dispute: () => $localize`:@@payments.line.dispute:Dispute`,
  dispute_won: () => $localize`:@@payments.line.dispute_won:Dispute won`,
  payout: () => $localize`:@@payments.line.payout:Payout`,
  payout_failed: () => $localize`:@@payments.line.payout_failed:Payout that failed`,
  ad_revenue: () => $localize`:@@payments.line.ad_revenue:Advertising`,
};

/** Returns what a line of an account is about. */
export function lineWords(kind: Line['kind']): string {
  return LINES[kind]?.() ?? KINDS[kind as Payment['kind']]?.() ?? $localize`:@@payments.line.other:Movement`;
}

const FAILURES: Readonly<Record<string, Words>> = {
  insufficient_funds: () => $localize`:@@payments.failure.insufficient_funds:The card has not enough money.`,
  expired_card: () => $localize`:@@payments.failure.expired_card:The card has expired.`,
  authentication_required: () => $localize`:@@payments.failure.authentication:Your bank wants you to confirm it. Pay with the card at the provider's page.`,
  balance_too_low: () => $localize`:@@payments.failure.balance:The balance was too low.`,
};

/** Returns why a payment failed, as far as the bank tells. */
export function failureWords(failure: string | null | undefined): string {
  if (!failure) return '';
  return FAILURES[failure]?.() ?? $localize`:@@payments.failure.declined:The bank declined the card.`;
}

const SUBSCRIPTIONS: Readonly<Record<PaidSubscription['status'], Words>> = {
  incomplete: () => $localize`:@@payments.sub.incomplete:Not paid yet`,
  active: () => $localize`:@@payments.sub.active:Active`,
  canceled: () => $localize`:@@payments.sub.canceled:Canceled`,
  past_due: () => $localize`:@@payments.sub.past_due:Renewal failed`,
  ended: () => $localize`:@@payments.sub.ended:Ended`,
};

export function subscriptionWords(status: PaidSubscription['status']): string {
  return SUBSCRIPTIONS[status]();
}

const PAYOUTS: Readonly<Record<Payout['status'], Words>> = {
  created: () => $localize`:@@payments.payout.created:Asked for`,
  in_transit: STATUS['in_transit']!,
  paid: () => $localize`:@@payments.payout.paid:At your bank`,
  failed: () => $localize`:@@payments.payout.failed:Failed; the money is in your balance again`,
};

export function payoutWords(status: Payout['status']): string {
  return PAYOUTS[status]();
}

export function requestWords(status: PaymentRequest['status']): string {
  return STATUS[status]!();
}
