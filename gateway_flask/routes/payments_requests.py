"""Requests for money in a chat."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Any

import flask

from contracts import payments as contract
from contracts.base import Page
from contracts.messaging import UnknownConversation
from gateway_flask.fields import Cursor, Id, Limit, Request
from gateway_flask.operation import Call, operation
from gateway_flask.routes.payments_fields import (
    PAYING,
    PROVIDER_PATIENCE_S,
    Amount,
    Currency,
    Method,
    Note,
    ReturnPath,
)

bp = flask.Blueprint("payment_requests", __name__, url_prefix="/v1/payment-requests")

_ONE = (contract.UnknownPaymentRequest,)
_OPEN = (*_ONE, contract.RequestNotOpen)


class PaymentRequestBody(Request):
    """Whom to ask, for how much."""

    conversation_id: Id
    payer_id: Id
    amount: Amount
    currency: Currency
    note: Note = ""


class PaymentRequestsQuery(Request):
    """Those to and from the caller, the newest first."""

    status: contract.RequestStatus | None = None
    limit: Limit = 50
    after: Cursor | None = None


class PayRequestBody(Request):
    """How to pay."""

    method: Method = "card"
    return_path: ReturnPath = "/"


@bp.post("")
@operation(
    summary="Ask somebody in a conversation for money", body=PaymentRequestBody,
    returns=contract.PaymentRequestView, status=201, limit="create", key_required=True,
    errors=(UnknownConversation, contract.UnknownPayee, contract.NotToYourself, contract.AmountInvalid,
            contract.CurrencyUnknown),
)  # fmt: skip
def create_payment_request(call: Call) -> Any:
    body: PaymentRequestBody = call.body
    return call.ask(
        "payments", "create_payment_request", conversation_id=body.conversation_id, payer_id=body.payer_id,
        amount=body.amount, currency=body.currency, note=body.note,
    )  # fmt: skip


@bp.get("")
@operation(
    summary="List requests for money", query=PaymentRequestsQuery, returns=Page[contract.PaymentRequestView]
)  # fmt: skip
def list_payment_requests(call: Call) -> Any:
    query: PaymentRequestsQuery = call.query
    return call.ask(
        "payments", "list_payment_requests", status=query.status, limit=query.limit, after=query.after
    )  # fmt: skip


@bp.get("/<id:request_id>")
@operation(summary="Get a request for money", returns=contract.PaymentRequestView, errors=_ONE)
def get_payment_request(call: Call, request_id: str) -> Any:
    return call.ask("payments", "get_payment_request", request_id=request_id)


@bp.post("/<id:request_id>/pay")
@operation(
    summary="Pay what one was asked for", body=PayRequestBody, body_required=False, returns=contract.PaymentView,
    status=201, limit="pay", key_required=True, patience_s=PROVIDER_PATIENCE_S, errors=(*PAYING, *_OPEN),
    description="While `status` is `requires_action` its payer goes on at `action_url`.",
)  # fmt: skip
def pay_request(call: Call, request_id: str) -> Any:
    body: PayRequestBody = call.body or PayRequestBody()
    return call.ask(
        "payments", "pay_request", request_id=request_id, method=body.method, return_path=body.return_path
    )  # fmt: skip


@bp.post("/<id:request_id>/decline")
@operation(
    summary="Decline a request that one was sent", returns=contract.PaymentRequestView, limit="write", errors=_OPEN
)  # fmt: skip
def decline_payment_request(call: Call, request_id: str) -> Any:
    return call.ask("payments", "decline_payment_request", request_id=request_id)


@bp.post("/<id:request_id>/cancel")
@operation(summary="Take one's own request back", returns=contract.PaymentRequestView, limit="write", errors=_OPEN)
def cancel_payment_request(call: Call, request_id: str) -> Any:
    return call.ask("payments", "cancel_payment_request", request_id=request_id)
