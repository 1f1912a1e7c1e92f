"""Pins: the messages that a conversation keeps at hand."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from contracts.messaging import TooManyPins
from svc_messaging.actions.access import get_member, is_visible, lock_unchecked, message_for, require_role
from svc_messaging.actions.blocks import refuse_blocked_in
from svc_messaging.actions.changes import record_change
from svc_messaging.models import Conversation, Message

MAX_PINS = 100


def pin_message(session: Session, user_id: str, message_id: str) -> Message:
    """Pin a message; a pinned one stays as it is.

    Raises:
        UnknownMessage: The person cannot read it.
        RoleTooLow: They may not pin here.
        Blocked: It is a direct conversation in which one blocked the other.
        TooManyPins: `MAX_PINS` messages are pinned already.
    """
    message, conversation = _lock(session, user_id, message_id)
    refuse_blocked_in(session, conversation, user_id)
    if message.pinned_at is None:
        pinned = select(func.count()).where(*_pinned(conversation.id))
        if session.execute(pinned).scalar_one() >= MAX_PINS:
            raise TooManyPins
        message.pinned_at, message.pinned_by = datetime.now(UTC), user_id
        _record(session, conversation, message, user_id)
    return message


def unpin_message(session: Session, user_id: str, message_id: str) -> Message:
    """Unpin a message; one that is not pinned stays as it is.

    Raises:
        UnknownMessage: The person cannot read it.
        RoleTooLow: They may not unpin here.
    """
    message, conversation = _lock(session, user_id, message_id)
    if message.pinned_at is not None:
        message.pinned_at = message.pinned_by = None
        _record(session, conversation, message, user_id)
    return message


def list_pins(session: Session, user_id: str, conversation_id: str) -> list[Message]:
    """Return the pinned messages that the person can read, the latest pin first.

    Raises:
        UnknownConversation: They are not a member.
    """
    get_member(session, conversation_id, user_id)
    query = select(Message).where(*_pinned(conversation_id), is_visible(user_id))
    return list(session.scalars(query.order_by(Message.pinned_at.desc(), Message.seq.desc()).limit(MAX_PINS)))


def _lock(session: Session, user_id: str, message_id: str) -> tuple[Message, Conversation]:
    message = message_for(session, message_id, user_id, lock=True)
    conversation = lock_unchecked(session, message.conversation_id)
    if conversation.kind != "direct":
        require_role(get_member(session, conversation.id, user_id), "moderator")
    return message, conversation


def _pinned(conversation_id: str) -> tuple[ColumnElement[bool], ...]:
    return Message.conversation_id == conversation_id, Message.pinned_at.is_not(None), Message.deleted_at.is_(None)


def _record(session: Session, conversation: Conversation, message: Message, user_id: str) -> None:
    data = {"message_id": message.id, "pinned": message.pinned_at is not None, "user_id": user_id}
    record_change(session, conversation, "pin.changed", data, message.id)
