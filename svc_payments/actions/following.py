"""What else a payment's end means: for the request that it answers, for the subscription whose period it pays."""

from __future__ import annotations

from types import ModuleType

from sqlalchemy.orm import Session

from svc_payments.actions import telling
from svc_payments.payment_models import Payment, PaymentRequest


def paid(session: Session, payment: Payment) -> None:
    """Its money is there."""
    if payment.request_id is not None:
        _answer_request(session, payment)
    if payment.subscription_id is not None:
        _outcomes().on_period_paid(session, payment)


def failed(session: Session, payment: Payment) -> None:
    """Nothing came of it."""
    if payment.subscription_id is not None:
        _outcomes().on_payment_failed(session, payment)


def access_ended(session: Session, payment: Payment) -> None:
    """What it opened is closed, because its money went back."""
    if payment.subscription_id is not None:
        _outcomes().on_access_ended(session, payment)


def _answer_request(session: Session, payment: Payment) -> None:
    """Money that is there answers a request, also one that was declined or had expired meanwhile."""
    request = session.get(PaymentRequest, payment.request_id, with_for_update=True)
    if request is not None and request.status != "paid":
        request.status, request.payment_id = "paid", payment.id
        telling.request_changed(session, request)


def _outcomes() -> ModuleType:
    from svc_payments.actions import subscription_outcomes  # it settles payments itself: above it would be a circle

    return subscription_outcomes
