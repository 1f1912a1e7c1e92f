"""Money that goes back: refunds, and what payers' banks dispute."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any

import flask
from msgspec import Meta

from contracts import payments as contract
from contracts.base import Page
from gateway_flask.fields import Cursor, Id, Limit, Request
from gateway_flask.operation import Call, operation
from gateway_flask.routes.payments_fields import PROVIDER_PATIENCE_S, Amount

bp = flask.Blueprint("refunds", __name__, url_prefix="/v1")


class RefundBody(Request):
    """How much of a payment goes back; without an amount all that is left of it.

    Access that was paid for ends by a full refund, unless `end_access` says otherwise.
    """

    payment_id: Id
    amount: Amount | None = None
    reason: Annotated[str, Meta(max_length=contract.MAX_NOTE)] = ""
    end_access: bool | None = None


class DisputesQuery(Request):
    """The newest first."""

    limit: Limit = 50
    after: Cursor | None = None


@bp.post("/refunds")
@operation(
    summary="Give a payment back, or a part of it", body=RefundBody, returns=contract.RefundView, status=201,
    limit="pay", key_required=True, patience_s=PROVIDER_PATIENCE_S,
    errors=(contract.UnknownPayment, contract.NotYourMoney, contract.NotRefundable, contract.AmountInvalid,
            contract.ProviderAway),
    description="Whoever received it, or an administrator.",
)  # fmt: skip
def create_refund(call: Call) -> Any:
    body: RefundBody = call.body
    return call.ask(
        "payments", "create_refund", payment_id=body.payment_id, amount=body.amount, reason=body.reason,
        end_access=body.end_access,
    )  # fmt: skip


@bp.get("/payments/<id:payment_id>/refunds")
@operation(
    summary="List the refunds of a payment", returns=Page[contract.RefundView], errors=(contract.UnknownPayment,)
)  # fmt: skip
def list_refunds(call: Call, payment_id: str) -> Any:
    return call.ask("payments", "list_refunds", payment_id=payment_id)


@bp.get("/disputes")
@operation(
    summary="List disputes", query=DisputesQuery, returns=Page[contract.DisputeView],
    description="About payments that the caller made or received.",
)  # fmt: skip
def list_disputes(call: Call) -> Any:
    return call.ask("payments", "list_disputes", limit=call.query.limit, after=call.query.after)
