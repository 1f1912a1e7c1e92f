"""Canceling payments before anything is charged."""

from __future__ import annotations

from sqlalchemy.orm import Session

from contracts.payments import PaymentNotOpen, UnknownPayment
from svc_payments.actions import calls, charging, settling
from svc_payments.payment_models import OPEN, Payment


def cancel(session: Session, payment_id: str, user_id: str) -> None:
    """Cancel a payment, or have the provider asked to let nobody pay it; a canceled one stays so.

    Raises:
        UnknownPayment: There is none, or somebody else pays it.
        PaymentNotOpen: It is over, or its card is being charged.
    """
    payment = settling.lock(session, payment_id)
    if payment is None or payment.payer_id != user_id:
        raise UnknownPayment
    if payment.status == "canceled":
        return
    if payment.status not in OPEN or payment.status == "processing":
        raise PaymentNotOpen
    end(session, payment)


def end(session: Session, payment: Payment) -> None:
    """Cancel an open payment that nothing was charged for yet.

    Raises:
        PaymentNotOpen: Its card is being charged.
    """
    if payment.status == "created":
        if not calls.take_back(session, payment.id) and payment.method != "card":
            raise PaymentNotOpen
        settling.end(session, payment.id, "canceled", None)  # a page that is being opened is closed when it is there
    else:
        charging.want_end(session, payment)
