"""Looking something up in one's own conversations; `indexing.py` keeps the index."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CTE, Boolean, ColumnElement, func, select
from sqlalchemy.orm import Session

from plumbing.text_query import text_query
from svc_messaging.actions.access import get_member, is_visible
from svc_messaging.message_models import MessageSearch
from svc_messaging.models import Conversation, Member, Message

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
