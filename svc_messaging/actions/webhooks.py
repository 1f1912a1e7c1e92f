"""Webhooks: ways into a group for programs that have no account, each an author of its own.

Whoever has the address of one may post, so its secret part is shown once and kept as a hash. A webhook ends with
its maker's right to make it. A message that it posts names the webhook as its author, by the name of that moment.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from contracts.base import new_id
from contracts.clock import rfc3339
from contracts.messaging import (
    MAX_WEBHOOKS,
    EntityView,
    PostedView,
    TooManyWebhooks,
    UnknownConversation,
    UnknownWebhook,
    WebhookView,
)
from plumbing import idempotency
from svc_messaging.actions.access import get_member, lock_conversation, lock_unchecked, require_role
from svc_messaging.actions.indexing import ask_to_index
from svc_messaging.actions.system_messages import append
from svc_messaging.models import Conversation
from svc_messaging.program_models import Webhook
from svc_messaging.views import optional_time

#: Compared with where there is no webhook, so that this takes as long.
_NO_HASH = bytes(32)


def create(session: Session, conversation_id: str, user_id: str, name: str) -> Webhook:
    """Make a webhook, which nobody can post to until it has its secret (`renew_secret`).

    Raises:
        UnknownConversation: The person is no member.
        RoleTooLow: They do not moderate it; nobody moderates a direct one.
        TooManyWebhooks: There are `MAX_WEBHOOKS` already.
    """
    conversation = _lock_moderated(session, conversation_id, user_id)
    count = select(func.count()).where(Webhook.conversation_id == conversation.id)
    if session.scalars(count).one() >= MAX_WEBHOOKS:
        raise TooManyWebhooks
    webhook = Webhook(
        conversation_id=conversation.id,
        id=new_id(),
        name=name,
        secret_hash=_hash(secrets.token_urlsafe(32)),
        created_by=user_id,
        created_at=datetime.now(UTC),
    )
    session.add(webhook)
    session.flush()
    return webhook


def list_all(session: Session, conversation_id: str, user_id: str) -> list[Webhook]:
    """Return the webhooks of a conversation, the eldest first.

    Raises:
        UnknownConversation: The person is no member.
        RoleTooLow: They do not moderate it.
    """
    require_role(get_member(session, conversation_id, user_id), "moderator")
    return list(session.scalars(select(Webhook).where(Webhook.conversation_id == conversation_id).order_by(Webhook.id)))


def rename(session: Session, conversation_id: str, webhook_id: str, user_id: str, name: str) -> Webhook:
    """Give a webhook another name, for what it posts from now on; raises as `renew_secret` does."""
    webhook = _lock_one(session, conversation_id, webhook_id, user_id)
    webhook.name = name
    return webhook


def renew_secret(session: Session, conversation_id: str, webhook_id: str, user_id: str) -> tuple[Webhook, str]:
    """Give a webhook another secret and return both; the old one opens nothing any more.

    Raises:
        UnknownConversation: The person is no member.
        RoleTooLow: They do not moderate it.
        UnknownWebhook: It is not there.
    """
    webhook = _lock_one(session, conversation_id, webhook_id, user_id)
    secret = secrets.token_urlsafe(32)
    webhook.secret_hash = _hash(secret)
    return webhook, secret


def remove(session: Session, conversation_id: str, webhook_id: str, user_id: str) -> None:
    """End a webhook; what it posted stays. Raises as `renew_secret` does."""
    _end(session, [_lock_one(session, conversation_id, webhook_id, user_id)])


def end_all_of(session: Session, conversation_id: str, user_id: str) -> None:
    """End what somebody made who may not make it any more; the conversation is locked."""
    theirs = (Webhook.conversation_id == conversation_id, Webhook.created_by == user_id)
    _end(session, session.scalars(select(Webhook).where(*theirs)).all())


def post(session: Session, webhook_id: str, secret: str, text: str, entities: Sequence[EntityView]) -> PostedView:
    """Append a message to the webhook's conversation, once for each Idempotency-Key of that webhook.

    Raises:
        UnknownWebhook: There is none, or that is not its secret.
        KeyInvalid, KeyMismatch: See `plumbing.idempotency`.
    """
    conversation = _lock_place_of(session, webhook_id, secret)
    webhook = _verified(session, webhook_id, secret)  # it may have ended until the lock was there
    request = ["post_to_webhook", text, list(entities)]
    return idempotency.once(
        session, webhook.id, request, lambda: _append(session, conversation, webhook, text, entities)
    )


def webhook_view(webhook: Webhook, secret: str | None = None) -> WebhookView:
    """Return a webhook for those who may see it."""
    view: WebhookView = {
        "id": webhook.id,
        "conversation_id": webhook.conversation_id,
        "name": webhook.name,
        "created_by": webhook.created_by,
        "created_at": rfc3339(webhook.created_at),
        "last_posted_at": optional_time(webhook.last_posted_at),
    }
    return view if secret is None else {**view, "secret": secret}


def _append(
    session: Session, conversation: Conversation, webhook: Webhook, text: str, entities: Sequence[EntityView]
) -> PostedView:
    shown = {"id": webhook.id, "name": webhook.name}
    message = append(session, conversation, webhook.id, kind="text", text=text, entities=entities, webhook=shown)
    ask_to_index(session, conversation.id, message.id)
    webhook.last_posted_at = message.created_at
    return {
        "message_id": message.id,
        "conversation_id": conversation.id,
        "seq": message.seq,
        "created_at": rfc3339(message.created_at),
    }


def _lock_place_of(session: Session, webhook_id: str, secret: str) -> Conversation:
    try:
        return lock_unchecked(session, _verified(session, webhook_id, secret).conversation_id)
    except UnknownConversation:
        raise UnknownWebhook from None


def _verified(session: Session, webhook_id: str, secret: str) -> Webhook:
    query = select(Webhook).where(Webhook.id == webhook_id)
    webhook = session.scalar(query.execution_options(populate_existing=True))
    known = _NO_HASH if webhook is None else bytes(webhook.secret_hash)
    if not hmac.compare_digest(known, _hash(secret)) or webhook is None:
        raise UnknownWebhook
    return webhook


def _lock_moderated(session: Session, conversation_id: str, user_id: str) -> Conversation:
    conversation = lock_conversation(session, conversation_id, user_id)
    require_role(get_member(session, conversation_id, user_id), "moderator")
    return conversation


def _lock_one(session: Session, conversation_id: str, webhook_id: str, user_id: str) -> Webhook:
    _lock_moderated(session, conversation_id, user_id)
    webhook = session.get(Webhook, (conversation_id, webhook_id), populate_existing=True)
    if webhook is None:
        raise UnknownWebhook
    return webhook


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _end(session: Session, webhooks: Sequence[Webhook]) -> None:
    for webhook in webhooks:
        idempotency.forget(session, webhook.id)
        session.execute(delete(Webhook).filter_by(conversation_id=webhook.conversation_id, id=webhook.id))
