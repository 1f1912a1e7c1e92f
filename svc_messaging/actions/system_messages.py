"""Messages that the service writes itself, as phrases for clients to put into their language.

`member.added:<user>`, `member.removed:<user>`, `member.left:<user>` and `title.changed:<title>`;
the author is whoever caused it. They take a `seq` like any message and never count as unread.
Payments (`actions/payments.py`) are the service's own too, and count.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from contracts.base import new_id
from contracts.messaging import EntityView, MessageCreated
from plumbing.outbox import record_event
from svc_messaging import live, views
from svc_messaging.models import Conversation, Member, Message

#: The kinds of messages that nobody can write, edit or pass on.
OWN_KINDS = frozenset({"system", "payment"})


def post_system_message(session: Session, conversation: Conversation, author_id: str, phrase: str) -> Message:
    """Append a system message to a locked conversation."""
    return append(session, conversation, author_id, kind="system", text=phrase)


def append(
    session: Session, conversation: Conversation, author_id: str, *, entities: Sequence[EntityView] = (), **facts: Any
) -> Message:
    """Append a message that no person sends to a locked conversation; `facts` are columns of `Message`."""
    conversation.seq += 1
    conversation.ver += 1
    conversation.last_message_at = datetime.now(UTC)
    message = Message(
        conversation_id=conversation.id,
        seq=conversation.seq,
        id=new_id(),
        ver=conversation.ver,
        author_id=author_id,
        entities=list(entities),
        media_ids=[],
        reply_count=0,
        created_at=conversation.last_message_at,
        **facts,
    )
    session.add(message)
    session.flush()
    _count_for_author(session, message)
    event = MessageCreated(
        conversation_id=conversation.id,
        ver=message.ver,
        message_id=message.id,
        seq=message.seq,
        author_id=author_id,
        mentions=[],
        reply_to=None,
        media_ids=[],
    )
    record_event(session, event)
    view = views.message_view(message, [], None)
    live.to_conversation(session, conversation.id, message.ver, "message.created", view)
    return message


def _count_for_author(session: Session, message: Message) -> None:
    session.execute(
        update(Member)
        .where(Member.conversation_id == message.conversation_id, Member.user_id == message.author_id)
        .values(sent=Member.sent + 1)
        .execution_options(synchronize_session=False)
    )
