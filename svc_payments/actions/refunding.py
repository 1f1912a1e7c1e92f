"""Refunds: decided here and in the ledger at once, so that nobody spends what is on its way back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.base import new_id
from contracts.payments import BalanceTooLow, NotRefundable, NotYourMoney, UnknownPayment
from svc_payments.actions import calls, paying, returning, telling
from svc_payments.ledger import accounts
from svc_payments.ledger.balances import lock_spending
from svc_payments.ledger.posting import Cause, currency_of, transaction_id
from svc_payments.payment_models import Payment, Refund
from svc_payments.provider.base import RefundSnapshot

#: Under which kind a refund is posted that ends the access no more.
_AGAIN = "refund_again"


def decide(
    session: Session,
    payment_id: str,
    actor_id: str,
    *,
    is_admin: bool,
    amount: int | None,
    reason: str,
    end_access: bool | None,
    now: datetime,
) -> Refund:
    """Give money back: a payment from a balance here and now, a card's by the provider after the commit.

    Args:
        session: A transaction; it takes the payment's lock.
        payment_id: Of which payment.
        actor_id: Who wants it.
        is_admin: They are one of the platform's admins, who may give back anybody's.
        amount: How much; None: all that is left.
        reason: For both sides to read.
        end_access: Whether it ends what was paid for; None: if nothing is left.
        now: The time.

    Raises:
        UnknownPayment: There is none, or it is not theirs to know.
        NotYourMoney: They paid it.
        NotRefundable: That much is not left.
        BalanceTooLow: The payee has spent it; only an admin may bring them below zero.
    """
    payment = session.get(Payment, payment_id, with_for_update=True, populate_existing=True)
    if payment is None or (not is_admin and actor_id not in (payment.payer_id, payment.payee_id)):
        raise UnknownPayment
    if not is_admin and actor_id != payment.payee_id:
        raise NotYourMoney
    amount = _demand_left(session, payment, amount)
    refund = Refund(
        payment_id=payment.id,
        id=new_id(),
        amount=amount,
        currency=payment.currency,
        fee_back=returning.fee_back(session, payment, amount),
        reason=reason,
        status="pending",
        ends_access=_is_all(session, payment, amount) if end_access is None else end_access,
        requested_by=actor_id,
        created_at=now,
    )
    if not is_admin:
        _demand_held(session, payment, refund.amount - refund.fee_back)
    _post(session, payment, refund, Cause("command", refund.id))
    if payment.method == paying.BALANCE:
        refund.status = "succeeded"
    else:
        calls.want(session, call_id=refund.id, kind="refund", subject_id=payment.id, arguments=_arguments(refund))
    return refund


def _arguments(refund: Refund) -> dict[str, object]:
    return {"amount": refund.amount, "refund_id": refund.id}


def _demand_left(session: Session, payment: Payment, amount: int | None) -> int:
    left = 0
    if payment.status == "succeeded":
        left = max(payment.amount - returning.gone_back(session, payment)[0], 0)
    wanted = left if amount is None else amount
    if not 0 < wanted <= left or payment.disputed:
        raise NotRefundable(refundable=0 if payment.disputed else left)
    return wanted


def _is_all(session: Session, payment: Payment, amount: int) -> bool:
    return returning.gone_back(session, payment)[0] + amount >= payment.amount


def _demand_held(session: Session, payment: Payment, amount: int) -> None:
    """Demand that the payee still has the money, held or not: or they would give back what they have paid out."""
    holds = lock_spending(session, accounts.person(payment.payee_id or ""), payment.currency).total
    if holds < amount:
        raise BalanceTooLow(available=max(holds, 0))


def _post(session: Session, payment: Payment, refund: Refund, cause: Cause) -> None:
    session.add(refund)
    session.flush()
    payment.refunded += refund.amount
    _take_back(session, payment, refund, cause)
    telling.changed(session, payment, refunded=refund.amount)


def _take_back(session: Session, payment: Payment, refund: Refund, cause: Cause, kind: str = "refund") -> None:
    returning.take_back(
        session,
        payment,
        kind=kind,
        key=refund.id,
        cause=cause,
        amount=refund.amount,
        fee=refund.fee_back,
        ends_access=refund.ends_access,
    )


def settle(session: Session, payment: Payment, found: RefundSnapshot, cause: Cause) -> None:
    """Bring a refund to what the provider says of it; under the payment's lock. A failed one stays failed."""
    refund = _known(session, payment, found) or _of_the_provider(session, payment, found, cause)
    refund.provider_id = found.refund_id
    if refund.status == "failed" or found.status == refund.status:
        return
    if found.status == "failed":
        undo(session, payment, refund, found.failure, cause)
    elif found.status == "succeeded":
        refund.status = "succeeded"
        telling.changed(session, payment)


def undo(session: Session, payment: Payment, refund: Refund, failure: str | None, cause: Cause) -> None:
    """Take back a refund that the provider could not pay out."""
    refund.status, refund.failure = "failed", failure
    payment.refunded -= refund.amount
    session.flush()
    posted = _posted_under(session, refund)
    returning.give_again(session, payment, kind="refund_failed", key=refund.id, cause=cause, of=posted)
    if returning.gone_back(session, payment)[0] < payment.amount:
        _open_again(session, payment, cause)
    telling.changed(session, payment)


def _open_again(session: Session, payment: Payment, cause: Cause) -> None:
    """Post once more, without ending the access, what had ended it only because nothing was left; now something is."""
    total = 0
    for refund in list_of(session, payment.id):
        total += refund.amount
        if refund.ends_access and refund.status != "failed" and total >= payment.amount:
            posted = _posted_under(session, refund)
            returning.give_again(session, payment, kind="refund_restated", key=refund.id, cause=cause, of=posted)
            refund.ends_access = False
            _take_back(session, payment, refund, cause, kind=_AGAIN)


def _posted_under(session: Session, refund: Refund) -> tuple[str, str]:
    """Return the kind and the key under which the ledger has a refund."""
    again = currency_of(session, transaction_id(_AGAIN, refund.id)) is not None
    return (_AGAIN if again else "refund"), refund.id


def _known(session: Session, payment: Payment, found: RefundSnapshot) -> Refund | None:
    rows = session.scalars(select(Refund).where(Refund.payment_id == payment.id)).all()
    ours = found.metadata.get("refund_id")
    for row in rows:
        if row.provider_id == found.refund_id:
            return row
    for row in rows:
        if row.id == ours and row.provider_id is None and row.amount == found.amount:
            return row
    return None


def _of_the_provider(session: Session, payment: Payment, found: RefundSnapshot, cause: Cause) -> Refund:
    """Keep a refund that somebody made at the provider's own desk."""
    refund = Refund(
        payment_id=payment.id,
        id=str(uuid5(NAMESPACE_URL, f"refund:{found.refund_id}")),
        provider_id=found.refund_id,
        amount=found.amount,
        currency=payment.currency,
        fee_back=0,
        reason="",
        status=found.status,
        failure=found.failure,
        ends_access=_is_all(session, payment, found.amount),
        requested_by=None,
        created_at=found.created,
    )
    if found.status == "failed":
        session.add(refund)
    else:
        refund.fee_back = returning.fee_back(session, payment, found.amount)
        _post(session, payment, refund, cause)
    return refund


def list_of(session: Session, payment_id: str) -> Sequence[Refund]:
    """Return a payment's refunds, the oldest first."""
    return session.scalars(select(Refund).where(Refund.payment_id == payment_id).order_by(Refund.created_at)).all()
