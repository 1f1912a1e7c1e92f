"""Saved cards. Their numbers are typed at the provider, and never come here."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

import re
from typing import Any, Literal, TypedDict

import flask

from contracts import payments as contract
from contracts.base import Page
from gateway_flask.fields import Request
from gateway_flask.operation import Call, operation
from gateway_flask.routes.payments_fields import PROVIDER_PATIENCE_S, ReturnPath

bp = flask.Blueprint("payment_methods", __name__, url_prefix="/v1/payment-methods")

_ID = re.compile("[A-Za-z0-9_-]{1,100}")
_ONE = (contract.UnknownPaymentMethod, contract.ProviderAway)


class AddMethodBody(Request):
    """Where the provider's page leads back to."""

    return_path: ReturnPath = "/"


class MethodChangesBody(Request):
    """Make it the one that is taken where none is named."""

    default: Literal[True]


class MethodPage(TypedDict):
    """The provider's page, where the card is typed."""

    url: str


@bp.get("")
@operation(
    summary="List one's saved cards", returns=Page[contract.PaymentMethodView], patience_s=PROVIDER_PATIENCE_S,
    errors=(contract.ProviderAway,),
)  # fmt: skip
def list_payment_methods(call: Call) -> Any:
    return call.ask("payments", "list_payment_methods")


@bp.post("")
@operation(
    summary="Save a card, at the provider's page", body=AddMethodBody, body_required=False, returns=MethodPage,
    status=201, limit="pay", patience_s=PROVIDER_PATIENCE_S, errors=(contract.ProviderAway,),
)  # fmt: skip
def add_payment_method(call: Call) -> Any:
    body: AddMethodBody = call.body or AddMethodBody()
    return call.ask("payments", "add_payment_method", return_path=body.return_path)


@bp.patch("/<method_id>")
@operation(
    summary="Make a saved card the usual one", body=MethodChangesBody, returns=contract.PaymentMethodView,
    limit="write", patience_s=PROVIDER_PATIENCE_S, errors=_ONE,
)  # fmt: skip
def set_default_payment_method(call: Call, method_id: str) -> Any:
    return call.ask("payments", "set_default_payment_method", method_id=_a_method(method_id))


@bp.delete("/<method_id>")
@operation(summary="Forget a saved card", limit="write", patience_s=PROVIDER_PATIENCE_S, errors=_ONE)
def delete_payment_method(call: Call, method_id: str) -> None:
    call.ask("payments", "delete_payment_method", method_id=_a_method(method_id))


def _a_method(text: str) -> str:
    if _ID.fullmatch(text) is None:
        raise contract.UnknownPaymentMethod
    return text
