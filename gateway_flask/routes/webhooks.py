"""Webhooks of a group: ways in for programs, which its moderators and owners make and end."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any

import flask
from msgspec import Meta

from contracts import messaging as contract
from contracts.base import Page
from gateway_flask.fields import Request
from gateway_flask.operation import Call, operation
from plumbing.settings import settings

bp = flask.Blueprint("webhooks", __name__, url_prefix="/v1/conversations/<id:conversation_id>/webhooks")

Name = Annotated[str, Meta(min_length=1, max_length=contract.MAX_WEBHOOK_NAME)]
_GROUP = (contract.UnknownConversation, contract.RoleTooLow)
_ONE = (*_GROUP, contract.UnknownWebhook)


class WebhookBody(Request):
    """What the webhook is called; that name stands at what it posts."""

    name: Name


class WebhookAddressView(contract.WebhookView):
    """A webhook with the address to post to, which is shown this once; whoever has it may post."""

    url: str


@bp.post("")
@operation(
    summary="Make a webhook (moderators, owners)", body=WebhookBody, returns=WebhookAddressView, status=201,
    limit="create", keyed=True, errors=(*_GROUP, contract.TooManyWebhooks),
    description="Its `url` is in this answer alone. Repeated under the same key, the call answers with the same "
    "webhook and a new address.",
)  # fmt: skip
def create_webhook(call: Call, conversation_id: str) -> Any:
    made = call.ask("messaging", "create_webhook", conversation_id=conversation_id, name=call.body.name)
    return _with_address(made)


@bp.get("")
@operation(summary="List webhooks (moderators, owners)", returns=Page[contract.WebhookView], errors=_GROUP)
def list_webhooks(call: Call, conversation_id: str) -> Any:
    return call.ask("messaging", "list_webhooks", conversation_id=conversation_id)


@bp.patch("/<id:webhook_id>")
@operation(
    summary="Rename a webhook (moderators, owners)", body=WebhookBody, returns=contract.WebhookView, limit="write",
    errors=_ONE, description="What it has posted keeps the name of then.",
)  # fmt: skip
def rename_webhook(call: Call, conversation_id: str, webhook_id: str) -> Any:
    return call.ask(
        "messaging", "rename_webhook", conversation_id=conversation_id, webhook_id=webhook_id, name=call.body.name
    )  # fmt: skip


@bp.post("/<id:webhook_id>/secret")
@operation(
    summary="Give a webhook another address (moderators, owners)", returns=WebhookAddressView, limit="create",
    errors=_ONE, description="The old one opens nothing any more. The new `url` is in this answer alone.",
)  # fmt: skip
def renew_webhook_secret(call: Call, conversation_id: str, webhook_id: str) -> Any:
    made = call.ask(
        "messaging", "renew_webhook_secret", conversation_id=conversation_id, webhook_id=webhook_id
    )  # fmt: skip
    return _with_address(made)


@bp.delete("/<id:webhook_id>")
@operation(summary="End a webhook (moderators, owners)", limit="write", errors=_ONE)
def delete_webhook(call: Call, conversation_id: str, webhook_id: str) -> None:
    call.ask("messaging", "delete_webhook", conversation_id=conversation_id, webhook_id=webhook_id)


def _with_address(webhook: contract.WebhookView) -> dict[str, Any]:
    secret = webhook["secret"]
    return {**webhook, "url": f"{settings().public_url.rstrip('/')}/v1/hooks/{webhook['id']}/{secret}"}
