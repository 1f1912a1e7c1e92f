"""Passing a message on to another conversation."""

from __future__ import annotations

from typing import Any

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from contracts.base import Invalid
from contracts.clock import rfc3339
from contracts.messaging import SendResult, UnknownMessage
from svc_messaging.actions import sending
from svc_messaging.actions.access import message_for
from svc_messaging.actions.commands import without_command
from svc_messaging.actions.composing import Outgoing, hash_of
from svc_messaging.actions.system_messages import OWN_KINDS
from svc_messaging.message_models import Poll
from svc_messaging.models import Block, Json, Member, Message


class NotForwardable(Invalid):
    """What the system wrote belongs to its conversation."""

    code = "not_forwardable"
    detail = "That message cannot be forwarded."


def forward_message(
    session: Session, message_id: str, user_id: str, conversation_id: str, client_msg_id: str
) -> SendResult:
    """Send a copy of a message that the person can read; polls are copied without their votes.

    A retry is answered with the first copy, even if the original is gone by then.

    Raises:
        UnknownMessage: The person cannot read the message.
        NotForwardable: The system wrote it.
    """
    copy = Outgoing(
        author_id=user_id,
        conversation_id=conversation_id,
        client_msg_id=client_msg_id,
        text="",
        entities=[],
        media_ids=[],
        reply_to=None,
        send_at=None,
        ttl_s=None,
        poll=None,
        body_hash=hash_of(("forward", message_id)),
    )
    try:
        _fill(session, copy, message_for(session, message_id, user_id), user_id)
    except UnknownMessage:
        if not _was_sent(session, copy):
            raise
    return sending.send_all(session, [copy])[0]


def _fill(session: Session, copy: Outgoing, original: Message, user_id: str) -> None:
    if original.kind in OWN_KINDS:
        raise NotForwardable
    copy.text, copy.media_ids = original.text, original.media_ids
    copy.entities = without_command(original.entities)  # type: ignore[arg-type]
    copy.poll = _poll_of(session, original) if original.kind == "poll" else None
    copy.forwarded_from = original.forwarded_from or _origin(session, original, user_id)


def _origin(session: Session, original: Message, user_id: str) -> Json:
    known = original.author_id == user_id or _may_be_named(session, original, user_id)
    return {
        "conversation_id": original.conversation_id,
        "message_id": original.id,
        "author_id": original.author_id if known else None,
        "created_at": rfc3339(original.created_at),
    }


def _may_be_named(session: Session, original: Message, user_id: str) -> bool:
    author = original.author_id
    still_there = exists().where(Member.conversation_id == original.conversation_id, Member.user_id == author)
    blocked = exists().where(
        or_(
            (Block.user_id == user_id) & (Block.blocked_id == author),
            (Block.user_id == author) & (Block.blocked_id == user_id),
        )
    )
    return bool(session.scalar(select(still_there & ~blocked)))


def _poll_of(session: Session, original: Message) -> dict[str, Any]:
    poll = session.get_one(Poll, (original.conversation_id, original.id))
    return {
        "question": poll.question,
        "options": poll.options,
        "multiple": poll.multiple,
        "anonymous": poll.anonymous,
        "closes_at": None,
    }


def _was_sent(session: Session, copy: Outgoing) -> bool:
    query = exists().where(
        Message.conversation_id == copy.conversation_id,
        Message.author_id == copy.author_id,
        Message.client_msg_id == copy.client_msg_id,
        Message.body_hash == copy.body_hash,
    )
    return bool(session.scalar(select(query)))
