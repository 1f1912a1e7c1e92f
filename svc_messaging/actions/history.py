"""Reading messages. Ranges run over the primary key; hidden and expired messages are left out."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.messaging import EditView, MessageView
from svc_messaging import views
from svc_messaging.actions import pages
from svc_messaging.actions.access import get_member, message_for
from svc_messaging.message_models import Edit


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
    here = (session, conversation_id, user_id)
    if around_seq is not None:
        rows = pages.earlier(*here, limit // 2 + 1 if limit > 1 else 1, before=around_seq + 1)
        rows += pages.later(*here, limit - len(rows), after=around_seq) if limit > len(rows) else []
    elif after_seq is not None:
        rows = pages.later(*here, limit, after=after_seq)
    else:
        rows = pages.earlier(*here, limit, before=pages.LAST if before_seq is None else before_seq)
    if not rows:
        get_member(session, conversation_id, user_id)
    return views.page_views(session, rows, user_id)


def list_shared(
    session: Session, conversation_id: str, user_id: str, kind: str, limit: int, before_seq: int | None = None
) -> list[MessageView]:
    """Return up to `limit` messages that carry media (`kind` is `media`) or `links`, in the order of `seq`.

    Raises:
        UnknownConversation: The person is no member.
    """
    rows = pages.shared(
        session, conversation_id, user_id, limit, pages.LAST if before_seq is None else before_seq, kind
    )
    if not rows:
        get_member(session, conversation_id, user_id)
    return views.page_views(session, rows, user_id)


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
    rows = pages.thread(session, message.conversation_id, user_id, limit, after_seq, root)
    return views.page_views(session, rows, user_id)


def list_edits(session: Session, message_id: str, user_id: str) -> list[EditView]:
    """Return the earlier texts of a message, the oldest first.

    Raises:
        UnknownMessage: The person cannot read it.
    """
    message = message_for(session, message_id, user_id)
    query = select(Edit).where(Edit.conversation_id == message.conversation_id, Edit.message_id == message.id)
    return [views.edit_view(edit) for edit in session.scalars(query.order_by(Edit.edit_id))]
