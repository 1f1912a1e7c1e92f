"""Messages that wait for their time: seen, called off, and sent exactly once when it comes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from contracts.messaging import ReplyInvalid, SendResult, SlowMode, UnknownConversation, UnknownScheduledMessage
from plumbing.logs import get_logger
from svc_messaging import live
from svc_messaging.actions.access import get_member, lock_unchecked
from svc_messaging.actions.composing import Outgoing, from_body
from svc_messaging.actions.sending import send_all
from svc_messaging.models import Member, ScheduledMessage

log = get_logger(__name__)

MAX_LISTED = 500
UNREADABLE_FOR_S = 300.0
SlotKey = tuple[str, str]


def list_scheduled(session: Session, user_id: str, conversation_id: str | None) -> list[ScheduledMessage]:
    """Return what the person has waiting in their conversations, or in one, the next first.

    Raises:
        UnknownConversation: They are not a member of `conversation_id`.
    """
    query = select(ScheduledMessage).join(Member, _membership()).where(ScheduledMessage.author_id == user_id)
    if conversation_id is not None:
        get_member(session, conversation_id, user_id)
        query = query.where(ScheduledMessage.conversation_id == conversation_id)
    ordered = query.order_by(ScheduledMessage.send_at, ScheduledMessage.id)
    return list(session.scalars(ordered.limit(MAX_LISTED)))


def cancel_scheduled(session: Session, user_id: str, scheduled_id: str) -> None:
    """Call off a message of the person's own.

    Raises:
        UnknownScheduledMessage: None waits: it was never theirs, is called off already, or was sent.
    """
    mine = (ScheduledMessage.id == scheduled_id, ScheduledMessage.author_id == user_id)
    gone = session.execute(delete(ScheduledMessage).where(*mine).returning(ScheduledMessage.conversation_id)).first()
    if gone is None:
        raise UnknownScheduledMessage
    _tell(session, user_id, scheduled_id, gone.conversation_id, state="cancelled")


def due_messages(session: Session, limit: int) -> list[SlotKey]:
    """Return up to `limit` waiting messages, as (conversation, id), whose time has come."""
    query = select(ScheduledMessage.conversation_id, ScheduledMessage.id).where(_is_due())
    rows = session.execute(query.order_by(ScheduledMessage.send_at).limit(limit))
    return [(conversation_id, scheduled_id) for conversation_id, scheduled_id in rows]


def send_due(session: Session, key: SlotKey) -> SendResult | None:
    """Send a waiting message through the same action as any other, in place of its waiting.

    Both happen in one transaction, so that it is sent once, whenever a process dies. Its author has
    to be a member at this moment; what can no longer be sent is dropped, and its author told. One
    that this version of the code cannot read is put off, not dropped: a newer process wrote it.

    Returns:
        Its outcome; None where somebody else sent or called it off meanwhile, and where it is put off.
    """
    conversation_id, scheduled_id = key
    _lock(session, conversation_id)
    here = (ScheduledMessage.conversation_id == conversation_id, ScheduledMessage.id == scheduled_id)
    row = session.scalar(select(ScheduledMessage).where(*here, _is_due()).with_for_update(skip_locked=True))
    if row is None:
        return None
    try:
        message = from_body(row.body)
    except msgspec.ValidationError:
        log.exception("scheduled_message_unreadable", scheduled_id=scheduled_id)
        _put_off(row, UNREADABLE_FOR_S)
        return None
    result = _send_instead(session, row, message)
    error = result.get("error")
    if error and error["code"] == SlowMode.code:
        _put_off(row, error["facts"]["retry_after_s"])
        return None
    session.execute(delete(ScheduledMessage).where(*here))
    state = {"state": "failed", "code": error["code"]} if error else {"state": "sent"}
    _tell(session, row.author_id, scheduled_id, conversation_id, **state)
    return result


def _lock(session: Session, conversation_id: str) -> None:
    try:
        lock_unchecked(session, conversation_id)
    except UnknownConversation:
        return  # nothing to keep in order; `send_all` will refuse the message


def _put_off(row: ScheduledMessage, seconds: float) -> None:
    row.send_at = datetime.now(UTC) + timedelta(seconds=seconds)


def _send_instead(session: Session, row: ScheduledMessage, message: Outgoing) -> SendResult:
    """Send the message of `row`; its key must be free for that, so the row is set aside meanwhile."""
    message.send_at = None
    result = _attempt(session, row, message)
    if result.get("error", {}).get("code") == ReplyInvalid.code:
        message.reply_to = None
        result = _attempt(session, row, message)
    return result


def _attempt(session: Session, row: ScheduledMessage, message: Outgoing) -> SendResult:
    here = (ScheduledMessage.conversation_id == row.conversation_id, ScheduledMessage.id == row.id)
    savepoint = session.begin_nested()
    session.execute(delete(ScheduledMessage).where(*here).execution_options(synchronize_session=False))
    (result,) = send_all(session, [message])
    if "error" in result:
        savepoint.rollback()
    else:
        savepoint.commit()
    return result


def _is_due() -> ColumnElement[bool]:
    return ScheduledMessage.send_at <= datetime.now(UTC)


def _membership() -> ColumnElement[bool]:
    return (Member.conversation_id == ScheduledMessage.conversation_id) & (Member.user_id == ScheduledMessage.author_id)


def _tell(session: Session, user_id: str, scheduled_id: str, conversation_id: str, **facts: Any) -> None:
    data = {"scheduled_id": scheduled_id, "conversation_id": conversation_id, **facts}
    live.to_user(session, user_id, "scheduled.changed", data)
