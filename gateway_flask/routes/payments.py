"""Money that people send: in chats, as tips, for a post, into their own balance; and the receipts."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

import base64
from typing import Any, Literal

import flask

from contracts import payments as contract
from contracts.base import Page
from contracts.messaging import UnknownConversation
from contracts.subscriptions import UnknownChannel, UnknownPost
from gateway_flask.fields import Cursor, Id, Limit, Request
from gateway_flask.limits import limits
from gateway_flask.operation import Call, operation
from gateway_flask.reply import Header, Reply
from gateway_flask.routes.payments_fields import (
    PAYING,
    PROVIDER_PATIENCE_S,
    Amount,
    Currency,
    Method,
    Note,
    ReturnPath,
)
from gateway_flask.rpc import pay_batched

bp = flask.Blueprint("payments", __name__, url_prefix="/v1")

_HTML, _PDF = "text/html", "application/pdf"
#: A receipt may have its own style, and nothing else: no script, no picture from elsewhere, no form.
_RECEIPT_POLICY: Header = (
    "Content-Security-Policy",
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox",
)
_GOES_ON = "While `status` is `requires_action` its payer goes on at `action_url`."
_ONE = (contract.UnknownPayment,)


class PaymentBody(Request):
    """Money for another member of a conversation."""

    conversation_id: Id
    payee_id: Id
    amount: Amount
    currency: Currency
    note: Note = ""
    method: Method = "card"
    return_path: ReturnPath = "/"


class TipBody(Request):
    """Thanks to a creator: give one of `channel_id`, `post_id`, and `user_id` with a `conversation_id`."""

    amount: Amount
    currency: Currency
    channel_id: Id | None = None
    post_id: Id | None = None
    user_id: Id | None = None
    conversation_id: Id | None = None
    note: Note = ""
    method: Method = "card"
    return_path: ReturnPath = "/"


class PurchaseBody(Request):
    """How to pay; what it costs stands in the post."""

    method: Method = "card"
    return_path: ReturnPath = "/"


class TopUpBody(Request):
    """Money for oneself: to spend here, or on advertising."""

    amount: Amount
    currency: Currency
    purpose: Literal["balance", "ads"] = "balance"
    return_path: ReturnPath = "/"


class PaymentsQuery(Request):
    """Those that the caller has made or got, the newest first."""

    role: Literal["payer", "payee"] = "payer"
    conversation_id: Id | None = None
    limit: Limit = 50
    after: Cursor | None = None


class ReceiptQuery(Request):
    """In which language and form."""

    form: Literal["html", "pdf"] = "html"
    language: Literal["en", "es"] = "en"


@bp.post("/payments")
@operation(
    summary="Pay somebody in a conversation", body=PaymentBody, returns=contract.PaymentView, status=201, limit="spend",
    key_required=True, patience_s=PROVIDER_PATIENCE_S, description=_GOES_ON,
    errors=(*PAYING, UnknownConversation, contract.UnknownPayee, contract.NotToYourself),
)  # fmt: skip
def create_payment(call: Call) -> Any:
    body: PaymentBody = call.body
    if body.method == "balance":
        return _from_balance(call, body)
    limits().check("pay", call.me.user_id)
    return call.ask(
        "payments", "create_payment", conversation_id=body.conversation_id, payee_id=body.payee_id,
        amount=body.amount, currency=body.currency, note=body.note, method=body.method, return_path=body.return_path,
    )  # fmt: skip


def _from_balance(call: Call, body: PaymentBody) -> contract.PaymentView:
    item: contract.PaymentItem = {
        "token": call.token or "",
        "idempotency_key": call.idempotency_key,
        "conversation_id": body.conversation_id,
        "payee_id": body.payee_id,
        "amount": body.amount,
        "currency": body.currency,
        "note": body.note,
        "return_path": body.return_path,
    }
    return pay_batched(item, call.patience_s, call.traceparent)


@bp.get("/payments")
@operation(summary="List one's payments", query=PaymentsQuery, returns=Page[contract.PaymentView])
def list_payments(call: Call) -> Any:
    query: PaymentsQuery = call.query
    return call.ask(
        "payments", "list_payments", role=query.role, conversation_id=query.conversation_id, limit=query.limit,
        after=query.after,
    )  # fmt: skip


@bp.get("/payments/<id:payment_id>")
@operation(
    summary="Get a payment", returns=contract.PaymentView, errors=_ONE, patience_s=PROVIDER_PATIENCE_S,
    description="Its payer and its payee. One that is open is asked for at the provider.",
)  # fmt: skip
def get_payment(call: Call, payment_id: str) -> Any:
    return call.ask("payments", "get_payment", payment_id=payment_id)


@bp.post("/payments/<id:payment_id>/cancel")
@operation(
    summary="Cancel one's own payment that was not charged", returns=contract.PaymentView, limit="write",
    patience_s=PROVIDER_PATIENCE_S, errors=(*_ONE, contract.PaymentNotOpen, contract.ProviderAway),
)  # fmt: skip
def cancel_payment(call: Call, payment_id: str) -> Any:
    return call.ask("payments", "cancel_payment", payment_id=payment_id)


@bp.get("/payments/<id:payment_id>/receipt")
@operation(
    summary="Get the receipt of a payment", query=ReceiptQuery, status=200, content_type=(_HTML, _PDF), errors=_ONE,
    patience_s=PROVIDER_PATIENCE_S, description="For its payer and its payee.",
)  # fmt: skip
def get_receipt(call: Call, payment_id: str) -> Reply:
    query: ReceiptQuery = call.query
    found = call.ask("payments", "get_receipt", payment_id=payment_id, language=query.language, form=query.form)
    if query.form == "pdf":
        return Reply(200, base64.b64decode(found["body"]), [_RECEIPT_POLICY, _named(found, "attachment")], _PDF)
    return Reply(200, found["body"].encode(), [_RECEIPT_POLICY, _named(found, "inline")], f"{_HTML}; charset=utf-8")


def _named(found: dict[str, str], disposition: str) -> Header:
    return "Content-Disposition", f'{disposition}; filename="{found["name"]}"'


@bp.post("/tips")
@operation(
    summary="Tip a creator", body=TipBody, returns=contract.PaymentView, status=201, limit="pay", key_required=True,
    patience_s=PROVIDER_PATIENCE_S, description=f"A channel's and a post's go to the channel's owner. {_GOES_ON}",
    errors=(*PAYING, UnknownChannel, UnknownPost, UnknownConversation, contract.UnknownPayee, contract.NotToYourself),
)  # fmt: skip
def create_tip(call: Call) -> Any:
    body: TipBody = call.body
    return call.ask(
        "payments", "create_tip", amount=body.amount, currency=body.currency, channel_id=body.channel_id,
        post_id=body.post_id, user_id=body.user_id, conversation_id=body.conversation_id, note=body.note,
        method=body.method, return_path=body.return_path,
    )  # fmt: skip


@bp.post("/posts/<id:post_id>/purchase")
@operation(
    summary="Buy a post", body=PurchaseBody, body_required=False, returns=contract.PaymentView, status=201,
    limit="pay", key_required=True, patience_s=PROVIDER_PATIENCE_S, description=_GOES_ON,
    errors=(*PAYING, UnknownPost, contract.NotForSale, contract.AlreadyPaidFor),
)  # fmt: skip
def buy_post(call: Call, post_id: str) -> Any:
    body: PurchaseBody = call.body or PurchaseBody()
    return call.ask("payments", "buy_post", post_id=post_id, method=body.method, return_path=body.return_path)


@bp.post("/top-ups")
@operation(
    summary="Put money into one's own balance", body=TopUpBody, returns=contract.PaymentView, status=201, limit="pay",
    key_required=True, patience_s=PROVIDER_PATIENCE_S, description=_GOES_ON, errors=PAYING,
)  # fmt: skip
def top_up(call: Call) -> Any:
    body: TopUpBody = call.body
    return call.ask(
        "payments", "top_up", amount=body.amount, currency=body.currency, purpose=body.purpose,
        return_path=body.return_path,
    )  # fmt: skip
