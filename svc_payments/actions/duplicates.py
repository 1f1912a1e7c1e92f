"""Payments that were charged twice: the second charge goes back whole, once, by the refunds of everybody else.

It is nobody's money meanwhile: the ledger has it as come and gone in one transaction. Where the provider cannot pay it
out, it is the payer's, on their balance.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from plumbing.logs import get_logger
from svc_payments import flow_metrics as metrics
from svc_payments.actions import calling, calls, paying
from svc_payments.actions.calling import Desk, Handler
from svc_payments.actions.calls import Call
from svc_payments.ledger import accounts
from svc_payments.ledger.posting import Cause, Move, post
from svc_payments.payment_models import DuplicateCharge, Payment
from svc_payments.provider.base import CardDeclined, PaymentSnapshot, ProviderRefused, RefundSnapshot

log = get_logger(__name__)

REFUND = "refund_duplicate"


def is_one(payment: Payment, snapshot: PaymentSnapshot) -> bool:
    """Tell whether a charge that succeeded is another one than that by which the payment did."""
    if payment.status != "succeeded" or snapshot.status != "succeeded" or snapshot.intent_id is None:
        return False
    return payment.method == paying.BALANCE or snapshot.intent_id != payment.intent_id


def settle(session: Session, payment: Payment, snapshot: PaymentSnapshot, cause: Cause) -> None:
    """Want a second charge to go back, or note what became of that; under the payment's lock."""
    intent_id = str(snapshot.intent_id)
    known = session.get(DuplicateCharge, (payment.id, intent_id))
    if known is None:
        known = _begin(session, payment, snapshot, intent_id, cause)
    for refund in snapshot.refunds:
        _settle_refund(session, payment, known, refund, cause)
    if snapshot.disputes and known.status != "stuck":
        _stick(known, "disputed")


def differs(session: Session, payment_id: str, snapshot: PaymentSnapshot) -> bool:
    """Tell whether the provider knows something of a second charge that is not kept here."""
    known = session.get(DuplicateCharge, (payment_id, snapshot.intent_id))
    return known is None or any(_refund_differs(known, refund) for refund in snapshot.refunds)


def refund_differs(session: Session, payment_id: str, refund: RefundSnapshot) -> bool:
    """Tell the same of a refund of one."""
    known = session.get(DuplicateCharge, (payment_id, refund.intent_id))
    return known is None or _refund_differs(known, refund)


def _refund_differs(known: DuplicateCharge, refund: RefundSnapshot) -> bool:
    if known.status == "stuck":
        return False
    kept = {"pending": "pending", "refunded": "succeeded", "kept": "failed"}[known.status]
    return (known.refund_id, kept) != (refund.refund_id, refund.status)


def _begin(
    session: Session, payment: Payment, snapshot: PaymentSnapshot, intent_id: str, cause: Cause
) -> DuplicateCharge:
    metrics.MISMATCHES.inc()
    log.error("payment_charged_twice", payment_id=payment.id, intent_id=intent_id)
    made = DuplicateCharge(
        payment_id=payment.id,
        intent_id=intent_id,
        amount=snapshot.received,
        currency=snapshot.currency,
        status="pending",
        created_at=datetime.now(UTC),
    )
    session.add(made)
    session.flush()
    moves = [Move(accounts.PROVIDER, -made.amount), Move(accounts.PROVIDER, made.amount)]
    _post(session, made, "duplicate_charge", cause, moves)
    calls.want(
        session,
        call_id=calls.call_id(payment.id, f"{REFUND} {intent_id}"),
        kind=REFUND,
        subject_id=payment.id,
        arguments={"intent_id": intent_id, "amount": made.amount},
    )
    return made


def _post(session: Session, known: DuplicateCharge, kind: str, cause: Cause, moves: list[Move]) -> None:
    post(
        session,
        kind=kind,
        key=known.intent_id,
        cause=cause,
        currency=known.currency,
        moves=moves,
        payment_id=known.payment_id,
    )


def _settle_refund(
    session: Session, payment: Payment, known: DuplicateCharge, refund: RefundSnapshot, cause: Cause
) -> None:
    if known.status == "stuck" or not _refund_differs(known, refund):
        return
    if refund.amount != known.amount or known.status == "kept" or known.refund_id not in (None, refund.refund_id):
        _stick(known, "refunded otherwise")
        return
    known.refund_id = refund.refund_id
    if refund.status == "succeeded":
        known.status = "refunded"
    elif refund.status == "failed":
        known.status = "kept"
        moves = [Move(accounts.PROVIDER, -known.amount), Move(accounts.person(payment.payer_id), known.amount)]
        _post(session, known, "refund_failed", cause, moves)


def _stick(known: DuplicateCharge, why: str) -> None:
    """Leave it to people: what is right is not for a program to say."""
    known.status = "stuck"
    metrics.MISMATCHES.inc()
    log.error("duplicate_stuck", payment_id=known.payment_id, intent_id=known.intent_id, why=why)


def _ask(desk: Desk, call: Call) -> RefundSnapshot:
    intent_id = str(call.arguments["intent_id"])
    made = desk.provider.fetch_payment(intent_id=intent_id).refunds
    if made:  # by us, and the answer was lost; or by somebody at the provider's own desk
        return made[-1]
    metadata = {"duplicate_of": call.subject_id}
    amount = int(call.arguments["amount"])
    return desk.provider.refund(call_id=call.id, intent_id=intent_id, amount=amount, metadata=metadata)


def _learn(session: Session, call: Call, answer: RefundSnapshot) -> None:
    payment, known = _locked(session, call)
    _settle_refund(session, payment, known, answer, Cause("provider", answer.refund_id))


def _refused(session: Session, call: Call, error: CardDeclined | ProviderRefused) -> None:
    _stick(_locked(session, call)[1], error.code)


def _locked(session: Session, call: Call) -> tuple[Payment, DuplicateCharge]:
    payment = session.get_one(Payment, call.subject_id, with_for_update=True, populate_existing=True)
    return payment, session.get_one(DuplicateCharge, (payment.id, call.arguments["intent_id"]), populate_existing=True)


calling.register(REFUND, Handler(_ask, _learn, _refused))
