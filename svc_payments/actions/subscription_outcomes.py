"""What payments make of paid subscriptions; called by whoever has settled the payment, in the same transaction."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from svc_payments.actions import entitlements, paying, subscriptions
from svc_payments.models import LedgerTransaction
from svc_payments.payment_models import Payment
from svc_payments.plan_models import PaidSubscription


def on_period_paid(session: Session, payment: Payment) -> None:
    """Take note that a period was paid: the ledger has its access. Called once for each payment, by who posted it."""
    now = payment.succeeded_at or datetime.now(UTC)
    subscription = _of_payment(session, payment)
    until = _opened_until(session, payment.id)
    if subscription is None or until is None:
        return
    subscription.periods += 1
    subscription.attempt = 0
    subscription.paid_until = until if subscription.paid_until is None else max(until, subscription.paid_until)
    if subscription.method == paying.CARD and payment.method_id is not None:
        subscription.method = payment.method_id
    _revive(session, subscription)
    if subscription.status in ("incomplete", "past_due"):
        subscription.status = "active"
    if subscription.status != "ended":
        subscription.failure, subscription.due_at = None, subscription.paid_until
    subscriptions.told(session, subscription, now)


def _revive(session: Session, subscription: PaidSubscription) -> None:
    """Show one that had ended, and was paid late, as running out; unless another one has taken its place."""
    if subscription.status != "ended":
        return
    subject = (subscription.subject_kind, subscription.subject_id)
    if subscriptions.find_live(session, subscription.user_id, *subject) is None:
        subscription.status, subscription.ended_at = "canceled", None


def on_payment_failed(session: Session, payment: Payment, now: datetime | None = None) -> None:
    """Take note that a period's payment came to nothing: it ends the beginning, and a renewal is tried again."""
    moment = now or datetime.now(UTC)
    subscription = _of_payment(session, payment)
    if subscription is None or subscription.payment_id != payment.id or subscription.status not in subscriptions.LIVE:
        return
    if subscription.status == "incomplete":
        subscriptions.end(session, subscription, payment.failure or payment.status, moment)
    elif subscription.status in entitlements.RENEWING:
        subscriptions.put_off(session, subscription, payment.failure or payment.status, moment)


def on_access_ended(session: Session, payment: Payment, now: datetime | None = None) -> None:
    """End a subscription whose running period was paid back or disputed; an earlier period changes nothing."""
    moment = now or datetime.now(UTC)
    subscription = _of_payment(session, payment)
    if subscription is None or subscription.status not in subscriptions.LIVE:
        return
    until = _opened_until(session, payment.id)
    if until is not None and until > moment and until == subscription.paid_until:
        subscriptions.give_up_payment(session, subscription)
        subscriptions.end(session, subscription, "refunded", moment)


def _of_payment(session: Session, payment: Payment) -> PaidSubscription | None:
    if payment.subscription_id is None:
        return None
    key = (payment.payer_id, payment.subscription_id)
    return session.get(PaidSubscription, key, with_for_update=True, populate_existing=True)


def _opened_until(session: Session, payment_id: str) -> datetime | None:
    """Return until when a payment opened something, as the ledger has it."""
    opened = (LedgerTransaction.payment_id == payment_id, LedgerTransaction.holder_id.is_not(None))
    return session.scalar(select(func.max(LedgerTransaction.access_until)).where(*opened))
