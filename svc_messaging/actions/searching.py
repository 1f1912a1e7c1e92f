"""Search: the index of words, and looking something up in one's own conversations."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, Boolean, ColumnElement, delete, exists, func, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from svc_messaging.actions.access import get_member, is_visible
from svc_messaging.actions.search_query import text_query, words_of
from svc_messaging.models import Conversation, Member, Message, MessageSearch, Poll

MAX_QUERY = 200
#: Up to here it is cheaper to look at every message than to ask the index; about 60 ms.
FEW_MESSAGES = 50_000


def search_messages(
    session: Session, user_id: str, query: str, conversation_id: str | None, limit: int, after: str | None
) -> list[Message]:
    """Return up to `limit` messages that match `query` and that the person can read, the latest first.

    Args:
        session: The transaction.
        user_id: Who searches; only their conversations are looked at.
        query: What they typed; see `search_query`.
        conversation_id: Look only in this one.
        limit: The size of a page.
        after: The id of the last message of the page before.

    Raises:
        UnknownConversation: They are not a member of `conversation_id`.
    """
    if conversation_id is not None:
        get_member(session, conversation_id, user_id)
    wanted = text_query(query)
    if wanted is None:
        return []
    scope = [Member.user_id == user_id]
    if conversation_id is not None:
        scope.append(Member.conversation_id == conversation_id)
    hits = _hits(session, scope, wanted)
    found = (
        select(Message)
        .join(hits, (hits.c.conversation_id == Message.conversation_id) & (hits.c.message_id == Message.id))
        .join(Member, Member.conversation_id == Message.conversation_id)
        .where(*scope, Message.deleted_at.is_(None), is_visible(user_id))
    )
    if after is not None:
        found = found.where(Message.id < after)
    return list(session.scalars(found.order_by(Message.id.desc()).limit(limit)))


def _hits(session: Session, scope: list[ColumnElement[bool]], wanted: ColumnElement[Any]) -> CTE:
    """Return the index rows that match `wanted`, by the cheaper of two ways.

    Few messages are in `scope`: look at each one's words. Otherwise: ask the GIN index, once. Left to
    itself PostgreSQL asks it once for each conversation, which takes seconds for common words.
    """
    own = select(func.coalesce(func.sum(Conversation.seq), 0)).join(Member, Member.conversation_id == Conversation.id)
    matches = MessageSearch.tsv.op("@@", return_type=Boolean())(wanted)
    rows = select(MessageSearch.conversation_id, MessageSearch.message_id)
    if session.execute(own.where(*scope)).scalar_one() <= FEW_MESSAGES:
        conversations = select(Member.conversation_id).where(*scope)
        # `IS TRUE` keeps the GIN index out of it.
        return rows.where(MessageSearch.conversation_id.in_(conversations), matches.is_(True)).cte("hits")
    return rows.where(matches).cte("hits").prefix_with("MATERIALIZED", dialect="postgresql")


def index_message(session: Session, conversation_id: str, message_id: str) -> None:
    """Make the index hold the words of a message as it is now; none when it is gone or the system's own."""
    here = (Message.conversation_id == conversation_id, Message.id == message_id)
    message = session.scalar(select(Message).where(*here).with_for_update(read=True))
    if message is None or message.deleted_at is not None or message.kind == "system":
        forget_message(session, conversation_id, message_id)
        return
    words = words_of(_searchable_text(session, message))
    statement = insert(MessageSearch).values(
        conversation_id=conversation_id, message_id=message_id, seq=message.seq, tsv=words
    )
    keys = [MessageSearch.conversation_id, MessageSearch.message_id]
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_={"tsv": statement.excluded.tsv}))


def forget_message(session: Session, conversation_id: str, message_id: str) -> None:
    """Take a message out of the index."""
    session.execute(
        delete(MessageSearch).where(
            MessageSearch.conversation_id == conversation_id, MessageSearch.message_id == message_id
        )
    )


def rebuild_batch(session: Session, after: tuple[str, int] | None, size: int) -> tuple[str, int] | None:
    """Index `size` messages after the place (conversation, seq) `after`; return the last place, None at the end."""
    place = tuple_(Message.conversation_id, Message.seq)
    query = select(Message.conversation_id, Message.id, Message.seq).order_by(Message.conversation_id, Message.seq)
    if after is not None:
        query = query.where(place > tuple_(*after))
    rows = session.execute(query.limit(size)).all()
    for row in rows:
        index_message(session, row.conversation_id, row.id)
    return (rows[-1].conversation_id, rows[-1].seq) if rows else None


def forget_lost(session: Session) -> int:
    """Take out of the index what is deleted or gone; return how many that were."""
    alive = exists().where(_same_message(), Message.deleted_at.is_(None))
    gone = delete(MessageSearch).where(~alive).returning(MessageSearch.message_id)
    return len(session.execute(gone.execution_options(synchronize_session=False)).all())


def _searchable_text(session: Session, message: Message) -> str:
    if message.kind != "poll":
        return message.text
    poll = session.get(Poll, (message.conversation_id, message.id))
    options = [option["text"] for option in poll.options] if poll else []
    return "\n".join([message.text, poll.question if poll else "", *options])


def _same_message() -> ColumnElement[bool]:
    return (MessageSearch.conversation_id == Message.conversation_id) & (MessageSearch.message_id == Message.id)
