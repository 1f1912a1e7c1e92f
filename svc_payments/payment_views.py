"""What is shown of payments, requests, refunds and disputes."""

from __future__ import annotations

from typing import cast

from contracts.clock import rfc3339
from contracts.payments import DisputeView, PaymentRequestView, PaymentView, RefundView
from svc_payments.payment_models import Dispute, Payment, PaymentRequest, Refund


def payment_view(payment: Payment, user_id: str) -> PaymentView:
    """Return a payment as its payer or its payee sees it."""
    view = {
        "id": payment.id,
        "kind": payment.kind,
        "status": payment.status,
        "payer_id": payment.payer_id,
        "payee_id": payment.payee_id,
        "amount": payment.amount,
        "currency": payment.currency,
        "note": payment.note,
        "method": _method(payment, user_id),
        "conversation_id": payment.conversation_id,
        "channel_id": payment.channel_id,
        "post_id": payment.post_id,
        "plan_id": payment.plan_id,
        "request_id": payment.request_id,
        "failure": payment.failure if user_id == payment.payer_id else None,
        "refunded": payment.refunded,
        "disputed": payment.disputed,
        "created_at": rfc3339(payment.created_at),
        "succeeded_at": rfc3339(payment.succeeded_at) if payment.succeeded_at else None,
    }
    if user_id == payment.payee_id:
        view |= {"fee": payment.fee, "net": payment.amount - payment.fee}
    if user_id == payment.payer_id:
        view["action_url"] = payment.action_url if payment.status == "requires_action" else None
    return cast(PaymentView, view)


def _method(payment: Payment, user_id: str) -> str:
    """Which of their cards somebody pays with is theirs to know."""
    return payment.method if user_id == payment.payer_id or payment.method == "balance" else "card"


def request_view(request: PaymentRequest) -> PaymentRequestView:
    """Return a request as both sides see it."""
    view = {
        "id": request.id,
        "conversation_id": request.conversation_id,
        "requester_id": request.requester_id,
        "payer_id": request.payer_id,
        "amount": request.amount,
        "currency": request.currency,
        "note": request.note,
        "status": request.status,
        "payment_id": request.payment_id,
        "created_at": rfc3339(request.created_at),
        "expires_at": rfc3339(request.expires_at),
    }
    return cast(PaymentRequestView, view)


def refund_view(refund: Refund) -> RefundView:
    """Return a refund as both sides see it."""
    view = {
        "id": refund.id,
        "payment_id": refund.payment_id,
        "amount": refund.amount,
        "currency": refund.currency,
        "reason": refund.reason,
        "status": refund.status,
        "ends_access": refund.ends_access,
        "requested_by": refund.requested_by,
        "created_at": rfc3339(refund.created_at),
    }
    return cast(RefundView, view)


def dispute_view(dispute: Dispute) -> DisputeView:
    """Return a dispute as both sides see it."""
    view = {
        "id": dispute.id,
        "payment_id": dispute.payment_id,
        "amount": dispute.amount,
        "currency": dispute.currency,
        "status": dispute.status,
        "reason": dispute.reason,
        "created_at": rfc3339(dispute.created_at),
        "closed_at": rfc3339(dispute.closed_at) if dispute.closed_at else None,
    }
    return cast(DisputeView, view)
