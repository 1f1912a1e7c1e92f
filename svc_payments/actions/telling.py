"""Telling of payments: events for other services, frames for the open sockets of both sides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from contracts.base import Event
from contracts.payments import PaymentChanged, PaymentRefunded, PaymentRequestChanged, PaymentSucceeded
from plumbing import frames
from plumbing.outbox import record_event, record_events
from svc_payments.actions import entitlements
from svc_payments.payment_models import Payment, PaymentRequest
from svc_payments.payment_views import payment_view, request_view


def changed(session: Session, payment: Payment, *, succeeded: bool = False, refunded: int = 0) -> None:
    """Tell that a payment began or changed, with the version that this change makes.

    Args:
        session: The transaction of the change.
        payment: Under its lock.
        succeeded: Its money has just moved.
        refunded: How much of it has just gone back.
    """
    payment.version += 1
    record_events(session, _events(payment, succeeded=succeeded, refunded=refunded))
    _show(session, payment)


def succeeded(session: Session, payments: Sequence[Payment]) -> None:
    """Tell that payments have begun and succeeded at once; their rows have the version that this makes."""
    record_events(session, [event for each in payments for event in _events(each, succeeded=True, refunded=0)])
    for payment in payments:
        _show(session, payment)


def _show(session: Session, payment: Payment) -> None:
    for user_id in {payment.payer_id, payment.payee_id} - {None}:
        frames.to_user(session, str(user_id), "payment.changed", payment_view(payment, str(user_id)))


def _events(payment: Payment, *, succeeded: bool, refunded: int) -> list[Event]:
    facts: dict[str, Any] = {
        "payment_id": payment.id,
        "version": payment.version,
        "payer_id": payment.payer_id,
        "currency": payment.currency,
    }
    events: list[Event] = []
    if payment.conversation_id is not None and payment.payee_id is not None:
        events.append(
            PaymentChanged(
                **facts,
                kind=payment.kind,
                status=payment.status,
                payee_id=payment.payee_id,
                amount=payment.amount,
                refunded=payment.refunded,
                disputed=payment.disputed,
                note=payment.note,
                conversation_id=payment.conversation_id,
                request_id=payment.request_id,
            )
        )
    if succeeded:
        events.append(
            PaymentSucceeded(
                **facts,
                kind=payment.kind,
                payee_id=payment.payee_id,
                amount=payment.amount,
                channel_id=payment.channel_id,
                post_id=payment.post_id,
            )
        )
    if refunded:
        events.append(PaymentRefunded(**facts, payee_id=payment.payee_id, amount=refunded))
    return events


def request_changed(session: Session, request: PaymentRequest) -> None:
    """Tell that somebody asked for money, or that this was answered."""
    request.version += 1
    record_event(
        session,
        PaymentRequestChanged(
            request_id=request.id,
            version=request.version,
            status=request.status,
            requester_id=request.requester_id,
            payer_id=request.payer_id,
            amount=request.amount,
            currency=request.currency,
            note=request.note,
            conversation_id=request.conversation_id,
            payment_id=request.payment_id,
        ),
    )
    for user_id in (request.requester_id, request.payer_id):
        frames.to_user(session, user_id, "payment_request.changed", request_view(request))


def entitled(session: Session, payment: Payment) -> None:
    """Tell what the payer may use now, where a payment has something to do with that."""
    if payment.access_kind is not None and payment.access_id is not None:
        entitlements.announce(session, payment.payer_id, payment.access_kind, payment.access_id)
