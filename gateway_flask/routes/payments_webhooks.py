"""What the payment provider has to say: handed on as it came, and verified by the service."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Any, TypedDict

import flask

from contracts import payments as contract
from gateway_flask.operation import PATIENCE_S, Call, operation
from gateway_flask.rpc import call_as_gateway

bp = flask.Blueprint("payment_webhooks", __name__, url_prefix="/v1/webhooks")

MAX_WEBHOOK = 256_000
_MAX_SIGNATURE = 2_000


class Received(TypedDict):
    """The message is kept, and will be looked into."""

    event_id: str


@bp.post("/stripe")
@operation(
    summary="Take a message of the payment provider", auth=False, limit="webhook", raw_most=MAX_WEBHOOK,
    returns=Received, errors=(contract.WebhookInvalid,),
    description="Signed by `Stripe-Signature`; at most 256 kB. Nobody else has a use for it. What is answered 429 or "
    "503 the provider sends again.",
)  # fmt: skip
def receive_webhook(call: Call) -> Any:
    signature = call.environ.get("HTTP_STRIPE_SIGNATURE", "")
    if not signature or len(signature) > _MAX_SIGNATURE:
        raise contract.WebhookInvalid
    arguments = {"body": _text(call.body), "signature": signature}
    return call_as_gateway("payments", "receive_webhook", arguments, timeout_s=PATIENCE_S)


def _text(raw: bytes) -> str:
    """Return the body as text; its bytes are those that were signed, or it is no message of the provider."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise contract.WebhookInvalid from None
