"""Webhooks: made and looked after by a group's moderators and owners, and posted to by whoever has the address."""

from __future__ import annotations

from sqlalchemy.orm import Session

from contracts.base import Page
from contracts.messaging import (
    MAX_TEXT,
    MAX_WEBHOOK_NAME,
    EntityInvalid,
    EntityView,
    MessageEmpty,
    PostedView,
    TextTooLong,
    UnknownWebhook,
    WebhookView,
)
from plumbing import checks
from plumbing.entities import checked_entities
from plumbing.idempotency import once
from plumbing.rpc import rpc
from svc_messaging.actions import webhooks
from svc_messaging.actions.webhooks import webhook_view
from svc_messaging.doors.base import Door

#: Who hands on what came to an address.
POSTING = ("gateway",)
_MAX_SECRET = 100


class Webhooks(Door):
    """Ways into groups for programs that have no account."""

    @rpc
    def create_webhook(self, *, conversation_id: str, name: str) -> WebhookView:
        """Make a webhook, once for each Idempotency-Key; an answer that is asked for again has another secret."""
        me, conversation_id = self.me(), checks.an_id(conversation_id, "conversation_id")
        name = _name(name)

        def work(session: Session) -> WebhookView:
            # The note about the call holds no secret, so the webhook gets its secret after it, each time.
            request = ["create_webhook", conversation_id, name]
            webhook_id = once(session, me, request, lambda: webhooks.create(session, conversation_id, me, name).id)
            return webhook_view(*webhooks.renew_secret(session, conversation_id, webhook_id, me))

        return self.write(work)

    @rpc
    def list_webhooks(self, *, conversation_id: str) -> Page[WebhookView]:
        """Return a group's webhooks, for its moderators and owners."""
        me, conversation_id = self.me(), checks.an_id(conversation_id, "conversation_id")
        with self.db.reading() as session:
            found = webhooks.list_all(session, conversation_id, me)
            return {"items": [webhook_view(each) for each in found], "next": None}

    @rpc
    def rename_webhook(self, *, conversation_id: str, webhook_id: str, name: str) -> WebhookView:
        """Give a webhook another name, for what it posts from now on."""
        me, conversation_id = self.me(), checks.an_id(conversation_id, "conversation_id")
        webhook_id, name = checks.an_id(webhook_id, "webhook_id"), _name(name)
        return self.write(lambda session: webhook_view(webhooks.rename(session, conversation_id, webhook_id, me, name)))

    @rpc
    def renew_webhook_secret(self, *, conversation_id: str, webhook_id: str) -> WebhookView:
        """Give a webhook another secret; its old address opens nothing any more."""
        me, conversation_id = self.me(), checks.an_id(conversation_id, "conversation_id")
        webhook_id = checks.an_id(webhook_id, "webhook_id")
        return self.write(
            lambda session: webhook_view(*webhooks.renew_secret(session, conversation_id, webhook_id, me))
        )

    @rpc
    def delete_webhook(self, *, conversation_id: str, webhook_id: str) -> None:
        """End a webhook; what it posted stays."""
        me, conversation_id = self.me(), checks.an_id(conversation_id, "conversation_id")
        webhook_id = checks.an_id(webhook_id, "webhook_id")
        self.write(lambda session: webhooks.remove(session, conversation_id, webhook_id, me))

    @rpc
    def post_to_webhook(
        self, *, webhook_id: str, secret: str, text: str, entities: list[EntityView] | None = None
    ) -> PostedView:
        """Let a message appear, once for each Idempotency-Key of the webhook; for the gateway alone."""
        self.caller.service(*POSTING)
        webhook_id = checks.an_id(webhook_id, "webhook_id")
        secret = _secret(secret)
        text, checked = _text(text), checked_entities(entities, text)
        if any(each["type"] == "mention" for each in checked):
            raise EntityInvalid("A webhook mentions nobody.")
        return self.write(lambda session: webhooks.post(session, webhook_id, secret, text, checked))


def _name(value: object) -> str:
    return checks.a_text(checks.a_text(value, "name", MAX_WEBHOOK_NAME).strip(), "name", least=1)


def _secret(value: object) -> str:
    if not isinstance(value, str) or not checks.is_storable(value) or len(value) > _MAX_SECRET:
        raise UnknownWebhook
    return value


def _text(value: object) -> str:
    text = checks.a_text(value, "text", most=MAX_TEXT + 1)
    if len(text) > MAX_TEXT:
        raise TextTooLong
    if not text.strip():
        raise MessageEmpty
    return text
