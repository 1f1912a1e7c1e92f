"""Disputes: the payer's bank takes money back, and the provider says how that ends."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from svc_payments.actions import returning, telling
from svc_payments.ledger import accounts
from svc_payments.ledger.posting import Cause, Move, post
from svc_payments.payment_models import Dispute, Payment
from svc_payments.provider.base import DisputeSnapshot


def settle(session: Session, payment: Payment, found: DisputeSnapshot, cause: Cause) -> None:
    """Bring a dispute to what the provider says of it; under the payment's lock. A closed one stays closed."""
    dispute = session.get(Dispute, (payment.id, _id_of(found))) or _new(session, payment, found)
    before = (dispute.status, dispute.withdrawn, payment.disputed)
    if found.withdrawn and not dispute.withdrawn:
        _withdraw(session, payment, dispute, found, cause)
    if dispute.status == "open" and found.status != "open":
        dispute.status, dispute.closed_at = found.status, datetime.now(UTC)
        if found.status == "won" and dispute.withdrawn:
            _give_back(session, payment, dispute, cause)
    session.flush()
    payment.disputed = _is_disputed(session, payment)
    if before != (dispute.status, dispute.withdrawn, payment.disputed):
        telling.changed(session, payment)


def _id_of(found: DisputeSnapshot) -> str:
    return str(uuid5(NAMESPACE_URL, f"dispute:{found.dispute_id}"))


def _new(session: Session, payment: Payment, found: DisputeSnapshot) -> Dispute:
    dispute = Dispute(
        payment_id=payment.id,
        id=_id_of(found),
        provider_id=found.dispute_id,
        payer_id=payment.payer_id,
        payee_id=payment.payee_id,
        amount=found.amount,
        currency=payment.currency,
        fee_back=0,
        status="open",
        reason=found.reason,
        withdrawn=False,
        created_at=found.created,
    )
    session.add(dispute)
    session.flush()
    return dispute


def _withdraw(session: Session, payment: Payment, dispute: Dispute, found: DisputeSnapshot, cause: Cause) -> None:
    dispute.fee_back = returning.fee_back(session, payment, dispute.amount)
    dispute.withdrawn = True
    returning.take_back(
        session,
        payment,
        kind="dispute",
        key=dispute.provider_id,
        cause=cause,
        amount=dispute.amount,
        fee=dispute.fee_back,
        ends_access=True,
        memo=dispute.reason,
    )
    if found.fee:
        post(
            session,
            kind="dispute_fee",
            key=dispute.provider_id,
            cause=cause,
            currency=found.fee_currency or payment.currency,
            moves=[Move(accounts.PROVIDER, found.fee), Move(accounts.COSTS, -found.fee)],
            payment_id=payment.id,
        )


def _give_back(session: Session, payment: Payment, dispute: Dispute, cause: Cause) -> None:
    session.flush()
    key = dispute.provider_id
    returning.give_again(session, payment, kind="dispute_won", key=key, cause=cause, of=("dispute", key))


def _is_disputed(session: Session, payment: Payment) -> bool:
    """Tell whether a dispute has the payment's money; an inquiry has taken nothing yet."""
    taken = (Dispute.payment_id == payment.id, Dispute.withdrawn, Dispute.status != "won")
    return session.scalar(select(Dispute.id).where(*taken).limit(1)) is not None


def list_about(session: Session, user_id: str, limit: int, before: str | None) -> Sequence[Dispute]:
    """Return disputes about payments that somebody made or got, in the order of their ids."""
    query = select(Dispute).where(or_(Dispute.payer_id == user_id, Dispute.payee_id == user_id))
    if before is not None:
        query = query.where(Dispute.id > before)
    return session.scalars(query.order_by(Dispute.id).limit(limit)).all()
