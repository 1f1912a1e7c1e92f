"""Messages that the service writes itself, as phrases for clients to put into their language.

`member.added:<user>`, `member.removed:<user>`, `member.left:<user>` and `title.changed:<title>`;
the author is whoever caused it. They take a `seq` like any message and never count as unread.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from contracts.base import new_id
from contracts.messaging import MessageCreated
from plumbing.outbox import record_event
from svc_messaging import live, views
from svc_messaging.models import Conversation, Member, Message


def post_system_message(session: Session, conversation: Conversation, author_id: str, phrase: str) -> Message:
    """Append a system message to a locked conversation."""
    conversation.seq += 1
    conversation.ver += 1
    conversation.last_message_at = datetime.now(UTC)
    message = Message(
        conversation_id=conversation.id,
        seq=conversation.seq,
        id=new_id(),
        ver=conversation.ver,
        kind="system",
        author_id=author_id,
        text=phrase,
        entities=[],
        media_ids=[],
        reply_count=0,
        created_at=conversation.last_message_at,
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
