"""The door of webhooks: whoever has an address posts, without an account. The address is nowhere recorded."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

import hashlib
from typing import Any

import flask

from contracts import messaging as contract
from gateway_flask.fields import Request
from gateway_flask.limits import limits
from gateway_flask.operation import PATIENCE_S, Call, operation
from gateway_flask.routes.texts import Entities, Text, entity_views
from gateway_flask.rpc import call_as_gateway

bp = flask.Blueprint("hooks", __name__, url_prefix="/v1/hooks")


class PostBody(Request):
    """What appears in the conversation, marked as coming from the webhook. It mentions nobody."""

    text: Text
    entities: Entities = []


@bp.post("/<id:webhook_id>/<secret>")
@operation(
    summary="Post to a webhook", auth=False, limit="webhook", keyed=True, body=PostBody,
    returns=contract.PostedView, status=201,
    errors=(contract.UnknownWebhook, contract.MessageEmpty, contract.EntityInvalid),
    description="For whoever has its address. An `Idempotency-Key` is the webhook's own: the same one with the same "
    "body posts once. A wrong secret is answered as an unknown webhook is.",
)  # fmt: skip
def post_to_webhook(call: Call, webhook_id: str, secret: str) -> Any:
    # By the whole address: whoever knows the id alone, which all readers do, uses nothing of it up.
    limits().check("hook", hashlib.sha256(f"{webhook_id}/{secret}".encode()).hexdigest())
    body: PostBody = call.body
    arguments = {
        "webhook_id": webhook_id,
        "secret": secret,
        "text": body.text,
        "entities": entity_views(body.entities),
    }
    return call_as_gateway(
        "messaging", "post_to_webhook", arguments, timeout_s=PATIENCE_S, idempotency_key=call.idempotency_key
    )  # fmt: skip
