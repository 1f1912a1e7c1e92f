"""Requests for money in a conversation, and how they end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from contracts.base import TooMany, new_id
from contracts.payments import RequestNotOpen, UnknownPaymentRequest
from svc_payments.actions import canceling, paying, telling
from svc_payments.actions.paying import Order
from svc_payments.payment_models import OPEN, Payment, PaymentRequest

LIFE = timedelta(days=30)
#: Requests that somebody may have open.
MAX_OPEN = 100


def ask(
    session: Session,
    *,
    conversation_id: str,
    requester_id: str,
    payer_id: str,
    amount: int,
    currency: str,
    note: str,
    now: datetime,
) -> PaymentRequest:
    """Ask somebody for money.

    Raises:
        TooMany: They have as many open requests as one person can have.
    """
    open_ones = select(func.count()).where(PaymentRequest.requester_id == requester_id, PaymentRequest.status == "open")
    if (session.scalar(open_ones) or 0) >= MAX_OPEN:
        raise TooMany(
            "You have as many open payment requests as you can have.",
            code="too_many_payment_requests",
            limit=MAX_OPEN,
        )
    request = PaymentRequest(
        id=new_id(),
        conversation_id=conversation_id,
        requester_id=requester_id,
        payer_id=payer_id,
        amount=amount,
        currency=currency,
        note=note,
        status="open",
        version=0,
        created_at=now,
        expires_at=now + LIFE,
    )
    session.add(request)
    telling.request_changed(session, request)
    return request


def get(session: Session, request_id: str, user_id: str, *, lock: bool = False) -> PaymentRequest:
    """Return a request to one of its two sides.

    Raises:
        UnknownPaymentRequest: There is none, or it does not concern them.
    """
    request = session.get(PaymentRequest, request_id, with_for_update=lock, populate_existing=lock)
    if request is None or user_id not in (request.requester_id, request.payer_id):
        raise UnknownPaymentRequest
    return request


def list_of(
    session: Session, user_id: str, status: str | None, limit: int, before: str | None
) -> Sequence[PaymentRequest]:
    """Return requests to and from somebody, the newest first."""
    query = select(PaymentRequest).where(
        or_(PaymentRequest.requester_id == user_id, PaymentRequest.payer_id == user_id)
    )
    if status is not None:
        query = query.where(PaymentRequest.status == status)
    if before is not None:
        query = query.where(PaymentRequest.id < before)
    return session.scalars(query.order_by(PaymentRequest.id.desc()).limit(limit)).all()


def pay(session: Session, order: Order, now: datetime) -> Payment:
    """Begin to pay a request; who has begun that in the same way goes on with the same payment.

    Raises:
        UnknownPaymentRequest: Nobody asked the payer for that.
        RequestNotOpen: It was answered, or its time is over.
    """
    request = get(session, str(order.request_id), order.payer_id, lock=True)
    _demand_open(request, now)
    begun = _begun(session, request)
    if begun is not None:
        return begun
    return paying.begin(session, order, now)


def end_other_try(session: Session, request_id: str, method: str) -> str | None:
    """Begin to end an open try to pay a request in another way; return the payment whose end is wanted."""
    request = session.get(PaymentRequest, request_id, with_for_update=True)
    begun = _begun(session, request) if request is not None else None
    if begun is None or begun.method == method:
        return None
    canceling.cancel(session, begun.id, begun.payer_id)
    return begun.id


def order_of(request: PaymentRequest, order: Order) -> Order:
    """Return an order with what a request asks for."""
    return replace(
        order,
        payee_id=request.requester_id,
        amount=request.amount,
        currency=request.currency,
        note=request.note,
        conversation_id=request.conversation_id,
        request_id=request.id,
    )


def answer(session: Session, request_id: str, user_id: str, status: str, now: datetime) -> PaymentRequest:
    """Decline a request, or take it back; an open payment for it is called off.

    Raises:
        UnknownPaymentRequest: There is none, or it is not theirs to answer so.
        RequestNotOpen: It was answered otherwise, is being paid, or its time is over.
    """
    request = get(session, request_id, user_id, lock=True)
    if user_id != (request.payer_id if status == "declined" else request.requester_id):
        raise UnknownPaymentRequest
    if request.status == status:
        return request
    _demand_open(request, now)
    begun = _begun(session, request)
    if begun is not None:
        _call_off(session, begun)
    request.status = status
    telling.request_changed(session, request)
    return request


def _call_off(session: Session, begun: Payment) -> None:
    if begun.status == "processing":
        raise RequestNotOpen
    canceling.end(session, begun)


def _demand_open(request: PaymentRequest, now: datetime) -> None:
    if request.status != "open" or request.expires_at <= now:
        raise RequestNotOpen


def _begun(session: Session, request: PaymentRequest) -> Payment | None:
    query = select(Payment).where(Payment.request_id == request.id, Payment.status.in_(OPEN))
    return session.scalar(query.with_for_update())


def expire(session: Session, now: datetime, limit: int) -> int:
    """End up to `limit` requests whose time is over; return how many."""
    due = (
        select(PaymentRequest)
        .where(PaymentRequest.status == "open", PaymentRequest.expires_at <= now)
        .order_by(PaymentRequest.expires_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    found = session.scalars(due).all()
    for request in found:
        request.status = "expired"
        telling.request_changed(session, request)
    return len(found)
