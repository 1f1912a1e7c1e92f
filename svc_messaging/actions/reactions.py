"""Reactions: one emoji of one person on one message."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.messaging import TooManyReactions
from svc_messaging.actions.access import lock_unchecked, message_for
from svc_messaging.actions.blocks import refuse_blocked_in
from svc_messaging.actions.changes import record_change, record_changes
from svc_messaging.message_models import Reaction
from svc_messaging.models import Conversation, Message

MAX_KINDS = 20


def add_reaction(session: Session, user_id: str, message_id: str, emoji: str) -> Message:
    """Put `emoji`, in its canonical form, on a message; a second time changes nothing.

    Raises:
        UnknownMessage: The person cannot read it.
        Blocked: It is a direct conversation in which one blocked the other.
        TooManyReactions: The message carries `MAX_KINDS` other emoji.
    """
    message = message_for(session, message_id, user_id, lock=True)
    conversation = lock_unchecked(session, message.conversation_id)
    refuse_blocked_in(session, conversation, user_id)
    _demand_room(session, message, emoji)
    values = {
        "conversation_id": message.conversation_id,
        "message_id": message.id,
        "user_id": user_id,
        "emoji": emoji,
        "created_at": datetime.now(UTC),
    }
    added = insert(Reaction).values(values).on_conflict_do_nothing().returning(Reaction.user_id)
    if session.execute(added).first() is not None:
        _record(session, conversation, message, user_id, emoji, added=True)
    return message


def remove_reaction(session: Session, user_id: str, message_id: str, emoji: str) -> Message:
    """Take the person's `emoji` off a message; where there is none nothing changes.

    Raises:
        UnknownMessage: The person cannot read it.
    """
    message = message_for(session, message_id, user_id, lock=True)
    removed = delete(Reaction).where(*_on(message), Reaction.user_id == user_id, Reaction.emoji == emoji)
    if session.execute(removed.returning(Reaction.user_id)).first() is not None:
        conversation = lock_unchecked(session, message.conversation_id)
        _record(session, conversation, message, user_id, emoji, added=False)
    return message


def list_reactions(
    session: Session, user_id: str, message_id: str, limit: int, after: tuple[str, str] | None
) -> list[Reaction]:
    """Return up to `limit` reactions after the (person, emoji) `after`.

    Raises:
        UnknownMessage: The person cannot read the message.
    """
    message = message_for(session, message_id, user_id)
    place = tuple_(Reaction.user_id, Reaction.emoji)
    query = select(Reaction).where(*_on(message)).order_by(Reaction.user_id, Reaction.emoji).limit(limit)
    return list(session.scalars(query if after is None else query.where(place > tuple_(*after))))


def remove_all_of(session: Session, conversation: Conversation, user_id: str, limit: int) -> int:
    """Take up to `limit` of somebody's emoji off the messages of a locked conversation; return how many."""
    here = (Reaction.conversation_id == conversation.id,)
    mine = select(Reaction.message_id, Reaction.emoji).where(*here, Reaction.user_id == user_id)
    rows = session.execute(mine.order_by(Reaction.message_id).limit(limit))
    found = [(message_id, emoji) for message_id, emoji in rows]
    if not found:
        return 0
    these = tuple_(Reaction.message_id, Reaction.emoji).in_(found)
    gone = delete(Reaction).where(*here, these, Reaction.user_id == user_id)
    session.execute(gone.execution_options(synchronize_session=False))
    left = select(Reaction.message_id, Reaction.emoji, func.count()).where(*here, these)
    counts = {
        (message_id, emoji): count
        for message_id, emoji, count in session.execute(left.group_by(Reaction.message_id, Reaction.emoji))
    }
    changed = [
        (message_id, _told(message_id, emoji, user_id, added=False, count=counts.get((message_id, emoji), 0)))
        for message_id, emoji in found
    ]
    record_changes(session, conversation, "reaction.changed", changed)
    return len(found)


def _demand_room(session: Session, message: Message, emoji: str) -> None:
    kinds = set(session.scalars(select(Reaction.emoji).where(*_on(message)).distinct()))
    if emoji not in kinds and len(kinds) >= MAX_KINDS:
        raise TooManyReactions


def _record(
    session: Session, conversation: Conversation, message: Message, user_id: str, emoji: str, *, added: bool
) -> None:
    count = session.scalar(select(func.count()).where(*_on(message), Reaction.emoji == emoji)) or 0
    data = _told(message.id, emoji, user_id, added=added, count=count)
    record_change(session, conversation, "reaction.changed", data, message.id)


def _told(message_id: str, emoji: str, user_id: str, *, added: bool, count: int) -> dict[str, Any]:
    """Return the data of a change; `count` people are left with that emoji."""
    return {"message_id": message_id, "user_id": user_id, "emoji": emoji, "added": added, "count": count}


def _on(message: Message) -> tuple[ColumnElement[bool], ...]:
    return Reaction.conversation_id == message.conversation_id, Reaction.message_id == message.id
