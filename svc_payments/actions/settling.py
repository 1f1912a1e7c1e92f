"""What the provider says of a payment, made ours: forward only, in any order, as often as it is said."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from plumbing.logs import get_logger
from svc_payments import flow_metrics as metrics
from svc_payments.actions import disputing, duplicates, erased, following, paying, refunding, telling
from svc_payments.ledger import accounts
from svc_payments.ledger.posting import Cause, Move, post
from svc_payments.payment_models import OPEN, Payment, PaymentRequest
from svc_payments.provider.base import PaymentSnapshot

log = get_logger(__name__)

#: A status is only ever followed by one further on. Money that is there outdoes everything that was said before.
_PLACE = {"created": 0, "requires_action": 1, "processing": 2, "failed": 3, "canceled": 3, "expired": 3, "succeeded": 4}
#: What a payment came to when the provider would not even try it.
REFUSED = "provider_refused"
AWAY = "provider_away"


def settle_payment(
    session: Session, payment_id: str, snapshot: PaymentSnapshot, cause: Cause, *, answer: bool = False
) -> Payment | None:
    """Bring a payment, its refunds and its disputes to what the provider said just now.

    Args:
        session: A transaction; it takes the payment's lock.
        payment_id: Ours.
        snapshot: Fetched just now.
        cause: What made us look.
        answer: It is what the payment's own call was answered. Until then, nothing but success counts: what else is
            told may be about an attempt that is over.

    Returns:
        The payment; None where there is none of that id.
    """
    payment = lock(session, payment_id)
    if payment is None or not _is_of(payment, snapshot):
        return payment
    if duplicates.is_one(payment, snapshot):
        duplicates.settle(session, payment, snapshot, cause)
        _post_provider_fee(session, payment, snapshot, cause)
    if not _is_about(payment, snapshot, answer=answer):
        return payment
    before = (payment.status, payment.failure, payment.action_url)
    if snapshot.status == "succeeded":
        _succeed(session, payment, snapshot, cause)
    else:
        _note_objects(session, payment, snapshot)
        _move_on(session, payment, snapshot)
    if payment.status == "succeeded":
        _post_provider_fee(session, payment, snapshot, cause)
        for refund in snapshot.refunds:
            refunding.settle(session, payment, refund, cause)
        for dispute in snapshot.disputes:
            disputing.settle(session, payment, dispute, cause)
    elif before != (payment.status, payment.failure, payment.action_url):
        telling.changed(session, payment)
    return payment


def lock(session: Session, payment_id: str) -> Payment | None:
    """Return a payment under its lock, as it is now; the request that it answers is locked before it."""
    request_id = session.scalar(select(Payment.request_id).where(Payment.id == payment_id))
    if request_id is not None:
        session.get(PaymentRequest, request_id, with_for_update=True, populate_existing=True)
    return session.get(Payment, payment_id, with_for_update=True, populate_existing=True)


def _is_of(payment: Payment, snapshot: PaymentSnapshot) -> bool:
    """Tell whether a snapshot is of something that was begun for the payment."""
    same = (snapshot.payment_id, snapshot.amount, snapshot.currency) == (payment.id, payment.amount, payment.currency)
    if not same:
        _mismatch(payment, snapshot, "another amount")
    return same


def _is_about(payment: Payment, snapshot: PaymentSnapshot, *, answer: bool) -> bool:
    """Tell whether a snapshot is of what the payment is being made by."""
    if payment.status == "succeeded":
        return payment.method != paying.BALANCE and snapshot.intent_id == payment.intent_id
    if snapshot.status == "succeeded" or answer:
        return True
    if payment.status == "created":
        return False
    return payment.intent_id is None or payment.intent_id == snapshot.intent_id


def _mismatch(payment: Payment, snapshot: PaymentSnapshot, why: str) -> None:
    metrics.MISMATCHES.inc()
    log.error("payment_mismatch", payment_id=payment.id, intent_id=snapshot.intent_id, why=why)


def _note_objects(session: Session, payment: Payment, snapshot: PaymentSnapshot) -> None:
    payment.intent_id = snapshot.intent_id or payment.intent_id
    payment.session_id = snapshot.session_id or payment.session_id
    payment.charge_id = snapshot.charge_id or payment.charge_id
    if snapshot.method_id is not None and snapshot.method_id != payment.method_id:
        _note_card(session, payment, snapshot)


def _note_card(session: Session, payment: Payment, snapshot: PaymentSnapshot) -> None:
    """Note the card that paid; of somebody whose account is gone, have it forgotten where it may have been saved."""
    if not erased.is_erased(session, payment.payer_id):
        payment.method_id = snapshot.method_id
    elif snapshot.customer_id is not None:
        erased.want_cards_forgotten(session, payment.payer_id, snapshot.customer_id, f" {snapshot.intent_id}")


def _succeed(session: Session, payment: Payment, snapshot: PaymentSnapshot, cause: Cause) -> None:
    if payment.status == "succeeded":
        _note_objects(session, payment, snapshot)
    elif snapshot.received != payment.amount or not snapshot.intent_id:
        _mismatch(payment, snapshot, "another amount was received")
    else:
        _note_objects(session, payment, snapshot)
        paying.fulfil(session, payment, cause, datetime.now(UTC))


def _move_on(session: Session, payment: Payment, snapshot: PaymentSnapshot) -> None:
    if _PLACE[snapshot.status] < _PLACE[payment.status] or payment.status not in OPEN:
        return
    payment.status, payment.failure, payment.action_url = snapshot.status, snapshot.failure, snapshot.action_url
    if payment.status not in OPEN:
        following.failed(session, payment)


def fail(session: Session, payment_id: str, code: str, intent_id: str | None = None) -> Payment | None:
    """End a payment that nothing will come of, unless it is over already."""
    return end(session, payment_id, "failed", code, intent_id)


def end(
    session: Session, payment_id: str, status: str, failure: str | None, intent_id: str | None = None
) -> Payment | None:
    """End an open payment without money."""
    payment = lock(session, payment_id)
    if payment is not None and payment.status in OPEN:
        payment.status, payment.failure, payment.action_url = status, failure, None
        payment.intent_id = intent_id or payment.intent_id
        telling.changed(session, payment)
        following.failed(session, payment)
    return payment


def _post_provider_fee(session: Session, payment: Payment, snapshot: PaymentSnapshot, cause: Cause) -> None:
    """Post what the provider keeps of a charge, once it says how much."""
    if snapshot.charge_id is None or not snapshot.provider_fee:
        return
    post(
        session,
        kind="provider_fee",
        key=snapshot.charge_id,
        cause=cause,
        currency=snapshot.provider_fee_currency or payment.currency,
        moves=[Move(accounts.PROVIDER, snapshot.provider_fee), Move(accounts.COSTS, -snapshot.provider_fee)],
        payment_id=payment.id,
    )
