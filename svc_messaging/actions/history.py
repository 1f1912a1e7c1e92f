"""Reading messages. Ranges run over the primary key; hidden and expired messages are left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, Select, and_, select
from sqlalchemy.orm import Session

from contracts.messaging import EditView, MessageView
from svc_messaging import views
from svc_messaging.actions.access import get_member, is_visible, message_for
from svc_messaging.models import Edit, Member, Message

_columns = Message.__table__.c


def list_messages(
    session: Session,
    conversation_id: str,
    user_id: str,
    limit: int,
    before_seq: int | None = None,
    after_seq: int | None = None,
    around_seq: int | None = None,
) -> list[MessageView]:
    """Return up to `limit` messages in the order of `seq`; the last ones without any mark.

    Raises:
        UnknownConversation: The person is no member.
    """
    base = _readable(conversation_id, user_id)
    if around_seq is not None:
        rows = _earlier(session, base.where(_columns.seq <= around_seq), limit // 2 + 1 if limit > 1 else 1)
        rows = [*rows, *_later(session, base.where(_columns.seq > around_seq), limit - len(rows))]
    elif after_seq is not None:
        rows = _later(session, base.where(_columns.seq > after_seq), limit)
    elif before_seq is not None:
        rows = _earlier(session, base.where(_columns.seq < before_seq), limit)
    else:
        rows = _earlier(session, base, limit)
    if not rows:
        get_member(session, conversation_id, user_id)
    return views.message_views(session, rows, user_id, visible=True)


def get_message(session: Session, message_id: str, user_id: str) -> MessageView:
    """Return one message; a deleted one without its text.

    Raises:
        UnknownMessage: The person cannot read it.
    """
    message = message_for(session, message_id, user_id, deleted=True)
    return views.message_views(session, [message], user_id, visible=True)[0]


def list_thread(session: Session, message_id: str, user_id: str, limit: int, after_seq: int) -> list[MessageView]:
    """Return the replies, in their order, of the thread that a message begins or belongs to.

    Raises:
        UnknownMessage: The person cannot read the message.
    """
    message = message_for(session, message_id, user_id, deleted=True)
    root = message.thread_root or message.id
    query = _readable(message.conversation_id, user_id).where(_columns.thread_root == root, _columns.seq > after_seq)
    return views.message_views(session, _later(session, query, limit), user_id, visible=True)


def list_edits(session: Session, message_id: str, user_id: str) -> list[EditView]:
    """Return the earlier texts of a message, the oldest first.

    Raises:
        UnknownMessage: The person cannot read it.
    """
    message = message_for(session, message_id, user_id)
    query = select(Edit).where(Edit.conversation_id == message.conversation_id, Edit.message_id == message.id)
    return [views.edit_view(edit) for edit in session.scalars(query.order_by(Edit.edit_id))]


def _readable(conversation_id: str, user_id: str) -> Select[Any]:
    membership = and_(Member.conversation_id == _columns.conversation_id, Member.user_id == user_id)
    query = select(Message.__table__).join(Member.__table__, membership)
    return query.where(_columns.conversation_id == conversation_id, is_visible(user_id))


def _earlier(session: Session, query: Select[Any], limit: int) -> Sequence[Row[Any]]:
    return session.execute(query.order_by(_columns.seq.desc()).limit(limit)).all()[::-1]


def _later(session: Session, query: Select[Any], limit: int) -> Sequence[Row[Any]]:
    return session.execute(query.order_by(_columns.seq).limit(limit)).all() if limit > 0 else []
