"""Removing what is kept of somebody whose account is gone, a piece at a time (docs/adr/0015).

The law makes one keep the books: the ledger, payments, refunds and payouts stay, with ids of people whom nobody
knows any more. What they wrote, their cards and where their money was sent go; what they pay regularly ends.
Money that they left in their balance stays there, in the books.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from plumbing import idempotency
from plumbing.erasures import Erasures
from svc_payments.actions import calling, erased, subscriptions, telling
from svc_payments.actions.calling import Desk, Handler
from svc_payments.actions.calls import Call
from svc_payments.payment_models import OPEN, Customer, Payment, PaymentRequest, Refund, SavedCard
from svc_payments.plan_models import CouponUse, Erasure, PaidSubscription, Payout, PayoutAccount
from svc_payments.provider.base import CardDeclined, ProviderRefused

BATCH = 200


def _remove_piece(session: Session, erasure: Erasure) -> bool:
    user_id = erasure.user_id
    for remove in (_end_subscription, _end_payment, _end_request, _forget_notes, _forget_cards_used):
        if remove(session, user_id):
            return True
    _forget_the_rest(session, user_id)
    erased.remember(session, user_id)
    return False


def _end_subscription(session: Session, user_id: str) -> bool:
    mine = (PaidSubscription.user_id == user_id, PaidSubscription.status.in_(subscriptions.LIVE))
    found = session.scalars(select(PaidSubscription).where(*mine).limit(1).with_for_update()).first()
    if found is not None:
        subscriptions.give_up_payment(session, found)
        subscriptions.end(session, found, "account_erased", datetime.now(UTC))
    return found is not None


def _end_payment(session: Session, user_id: str) -> bool:
    """Call off a payment that was begun; money that comes nevertheless is in the books."""
    mine = (Payment.payer_id == user_id, Payment.status.in_(OPEN))
    payment_id = session.scalar(select(Payment.id).where(*mine).limit(1))
    if payment_id is not None:
        subscriptions.call_off(session, payment_id)
    return payment_id is not None


def _end_request(session: Session, user_id: str) -> bool:
    """Withdraw or decline a request for money that nobody will answer, or pay, any more."""
    mine = (PaymentRequest.requester_id == user_id) | (PaymentRequest.payer_id == user_id)
    query = select(PaymentRequest).where(mine, PaymentRequest.status == "open").limit(1)
    found = session.scalars(query.with_for_update()).first()
    if found is not None:
        found.status = "canceled" if found.requester_id == user_id else "declined"
        telling.request_changed(session, found)
    return found is not None


def _forget_notes(session: Session, user_id: str) -> int:
    """Remove what they wrote: with payments, requests and refunds."""
    removed = 0
    for table, author, words in (
        (Payment, Payment.payer_id, Payment.note),
        (PaymentRequest, PaymentRequest.requester_id, PaymentRequest.note),
    ):
        some = select(table.id).where(author == user_id, words != "").limit(BATCH)
        removed += _update(session, update(table).where(table.id.in_(some)).values(note=""))
    given = select(Payment.id).where(Payment.payee_id == user_id)
    theirs = (Refund.requested_by == user_id, Refund.reason != "", Refund.payment_id.in_(given))
    return removed + _update(session, update(Refund).where(*theirs).values(reason=""))


def _forget_cards_used(session: Session, user_id: str) -> int:
    """Remove which of their cards paid, from some of their payments."""
    told = (
        Payment.method.not_in(("balance", "card")),
        Payment.method_id.is_not(None),
    )
    some = select(Payment.id).where(Payment.payer_id == user_id, told[0] | told[1]).limit(BATCH)
    found = session.scalars(select(Payment).where(Payment.id.in_(some)).with_for_update()).all()
    for payment in found:
        payment.method = payment.method if payment.method == "balance" else "card"
        payment.method_id = None
    return len(found)


def _update(session: Session, statement: Any) -> int:
    done: Any = session.execute(statement.execution_options(synchronize_session=False))
    return int(done.rowcount)


def _forget_the_rest(session: Session, user_id: str) -> None:
    customer = session.get(Customer, user_id)
    if customer is not None:
        erased.want_cards_forgotten(session, user_id, customer.customer_id)
    for table, owner in (
        (SavedCard, SavedCard.user_id),
        (Customer, Customer.user_id),
        (PayoutAccount, PayoutAccount.user_id),
        (CouponUse, CouponUse.user_id),
    ):
        session.execute(delete(table).where(owner == user_id).execution_options(synchronize_session=False))
    over = (Payout.user_id == user_id, Payout.status.in_(("paid", "failed")))
    _update(session, update(Payout).where(*over).values(account_id=None))
    _update(session, update(PaidSubscription).where(PaidSubscription.user_id == user_id).values(method="card"))
    idempotency.forget(session, user_id)


def _detach(desk: Desk, call: Call) -> None:
    """Have the provider forget all cards of somebody; what it has forgotten is not listed again."""
    for card in desk.provider.list_methods(call.arguments["customer_id"]):
        desk.provider.detach_method(card.method_id)


def _detached(session: Session, call: Call, answer: None) -> None:
    """Nothing is left to keep."""


def _unknown(session: Session, call: Call, error: CardDeclined | ProviderRefused) -> None:
    """The provider knows nobody of that id any more."""


calling.register(erased.FORGET_CARDS, Handler(_detach, _detached, _unknown))
erasures = Erasures(Erasure, "payments:account_erased", _remove_piece)
