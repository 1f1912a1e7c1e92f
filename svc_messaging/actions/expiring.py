"""Messages with a life: when it is over they are deleted for everybody, like by hand."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from svc_messaging.actions.access import lock_unchecked
from svc_messaging.actions.editing import delete_for_all
from svc_messaging.models import Message


def conversations_with_expired(session: Session, limit: int) -> list[str]:
    """Return the conversations of the `limit` messages that are overdue the longest."""
    overdue = select(Message.conversation_id).where(*_overdue()).order_by(Message.expires_at).limit(limit)
    return list(dict.fromkeys(session.scalars(overdue)))


def expire_messages(session: Session, conversation_id: str, limit: int) -> int:
    """Delete up to `limit` overdue messages of one conversation for everybody; return how many."""
    conversation = lock_unchecked(session, conversation_id)
    query = select(Message).where(Message.conversation_id == conversation_id, *_overdue())
    overdue = session.scalars(query.order_by(Message.expires_at).limit(limit).with_for_update(skip_locked=True)).all()
    delete_for_all(session, conversation, overdue)
    return len(overdue)


def _overdue() -> tuple[ColumnElement[bool], ...]:
    return Message.expires_at <= datetime.now(UTC), Message.deleted_at.is_(None)
