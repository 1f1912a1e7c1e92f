"""How many messages of others a person has not read: exact, without counting messages.

Every number up to `seq` is one message, so beyond `private_read_seq` there are
`seq - private_read_seq` of them. Their own among these are `sent - sent_read`, two counters of the
membership. What remains to be taken off is deleted or written by the system, and lies in a
partial index that holds nothing else.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from svc_messaging.models import Conversation, Member, Message


def unread_count() -> ColumnElement[int]:
    """Return the expression for the unread messages of the `Member` and `Conversation` in the query."""
    uncounted = (
        select(func.count())
        .where(
            Message.conversation_id == Member.conversation_id,
            Message.seq > Member.private_read_seq,
            Message.author_id != Member.user_id,
            or_(Message.deleted_at.is_not(None), Message.kind == "system"),
        )
        .correlate(Member)
        .scalar_subquery()
    )
    return Conversation.seq - Member.private_read_seq - (Member.sent - Member.sent_read) - uncounted


def move_read_mark(
    session: Session, conversation_id: str, user_id: str, up_to_seq: int, *, private: bool = False
) -> bool:
    """Move a person's read mark forward to `up_to_seq`, or to the last message if that is lower.

    Args:
        session: The transaction.
        conversation_id: A conversation that the person is known to be a member of.
        user_id: The person.
        up_to_seq: Everything up to here was read. A mark never moves back.
        private: Do not let the others know.

    Returns:
        Whether the mark that others see moved.
    """
    here = (Member.conversation_id == conversation_id, Member.user_id == user_id)
    # The row is locked first, so that the count below sees every message that `sent` counts.
    before = session.execute(select(Member.read_seq, Member.private_read_seq).where(*here).with_for_update()).one()
    head = session.scalars(select(Conversation.seq).where(Conversation.id == conversation_id)).one()
    mark = max(min(up_to_seq, head), before.private_read_seq)
    shown = before.read_seq if private else max(min(up_to_seq, head), before.read_seq)
    own_beyond = (
        select(func.count())
        .where(Message.conversation_id == conversation_id, Message.seq > mark, Message.author_id == user_id)
        .scalar_subquery()
    )
    values: dict[str, Any] = {
        "read_seq": shown,
        "private_read_seq": mark,
        "delivered_seq": func.greatest(Member.delivered_seq, shown),
        "sent_read": Member.sent - own_beyond,
        "marked_unread": False,
    }
    session.execute(update(Member).where(*here).values(values).execution_options(synchronize_session=False))
    return shown > before.read_seq
