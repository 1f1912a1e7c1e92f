"""The statements behind a page of messages: one query with its reactions, for the path that is read most.

They are written out and prepared, because putting such a query together and planning it anew for each
call costs several times what PostgreSQL needs to answer it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from plumbing.prepared import Prepared
from svc_messaging.models import HAS_LINKS, HAS_MEDIA

LAST = 2**62

#: As `contracts.clock.rfc3339` writes it; sessions are in UTC.
_TIME = """to_char(m.{column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')"""
_TIMES = {column: _TIME.format(column=column) for column in ("created_at", "edited_at", "expires_at")}
# Most messages are nothing but a text. What others have besides comes as one value: making twenty Python
# values of each row, and moving them, would be most of a page's cost.
_PAGE = """
SELECT m.conversation_id::text, m.seq, m.id::text, m.ver, m.author_id::text, m.client_msg_id, m.text, {created_at},
  CASE WHEN m.kind = 'text' AND m.reply_count = 0 AND m.entities = '[]' AND m.media_ids = '[]' AND coalesce(
    m.edited_at, m.expires_at, m.deleted_at, m.pinned_at) IS NULL AND coalesce(m.reply_to, m.thread_root) IS NULL
    AND m.forwarded_from IS NULL AND m.webhook IS NULL
  THEN NULL ELSE json_build_object(
    'kind', m.kind, 'entities', m.entities, 'media_ids', m.media_ids, 'reply_to', m.reply_to,
    'thread_root', m.thread_root, 'reply_count', m.reply_count, 'forwarded_from', m.forwarded_from,
    'edited_at', {edited_at}, 'expires_at', {expires_at}, 'pinned', m.pinned_at IS NOT NULL,
    'deleted', m.deleted_at IS NOT NULL, 'payment', m.payment, 'webhook', m.webhook
  ) END AS more, (
    SELECT json_agg(json_build_object('emoji', r.emoji, 'count', r.count, 'mine', r.mine) ORDER BY r.first, r.emoji)
    FROM (
      SELECT emoji, count(*), bool_or(user_id = :user_id) AS mine, min(created_at) AS first
      FROM reactions WHERE conversation_id = m.conversation_id AND message_id = m.id GROUP BY emoji
    ) r
  ) AS reactions
FROM messages m
JOIN members p ON p.conversation_id = m.conversation_id AND p.user_id = :user_id
WHERE m.conversation_id = {conversation} AND m.seq > :after AND m.seq < :before
  AND (m.expires_at IS NULL OR m.expires_at > now())
  AND NOT EXISTS (
    SELECT FROM hidden_messages h
    WHERE h.conversation_id = m.conversation_id AND h.user_id = p.user_id AND h.message_id = m.id
  )
"""
_OF_ONE = _PAGE.format(**_TIMES, conversation=":conversation_id")
_READER = {"user_id": "uuid", "after": "bigint", "before": "bigint"}
_READER_OF_ONE = {**_READER, "conversation_id": "uuid", "limit": "integer"}
EARLIER = Prepared(_OF_ONE + "ORDER BY m.seq DESC LIMIT :limit", **_READER_OF_ONE)
LATER = Prepared(_OF_ONE + "ORDER BY m.seq LIMIT :limit", **_READER_OF_ONE)
THREAD = Prepared(_OF_ONE + "AND m.thread_root = :root ORDER BY m.seq LIMIT :limit", **_READER_OF_ONE, root="uuid")
SHARED = {
    kind: Prepared(f"{_OF_ONE}AND {condition} ORDER BY m.seq DESC LIMIT :limit", **_READER_OF_ONE)
    for kind, condition in (("media", HAS_MEDIA), ("links", HAS_LINKS))
}
LAST_OF_EACH = Prepared(
    "SELECT l.* FROM unnest(:conversation_ids::uuid[]) AS i(id) CROSS JOIN LATERAL ("  # noqa: S608 - both are constants
    + _PAGE.format(**_TIMES, conversation="i.id")
    + "ORDER BY m.seq DESC LIMIT 1) l",
    **_READER,
    conversation_ids="text[]",
)


def earlier(session: Session, conversation_id: str, user_id: str, limit: int, before: int = LAST) -> list[Row[Any]]:
    """Return the last `limit` messages below the number `before`, in the order of `seq`."""
    found = _execute(session, EARLIER, conversation_id, user_id, limit, before=before)
    return list(found)[::-1]


def later(session: Session, conversation_id: str, user_id: str, limit: int, after: int) -> list[Row[Any]]:
    """Return the first `limit` messages above the number `after`."""
    return list(_execute(session, LATER, conversation_id, user_id, limit, after=after))


def thread(session: Session, conversation_id: str, user_id: str, limit: int, after: int, root: str) -> list[Row[Any]]:
    """Return the first `limit` replies in the thread of `root` above the number `after`."""
    return list(_execute(session, THREAD, conversation_id, user_id, limit, after=after, root=root))


def shared(session: Session, conversation_id: str, user_id: str, limit: int, before: int, kind: str) -> list[Row[Any]]:
    """Return the last `limit` messages below the number `before` that carry media, or links."""
    return list(_execute(session, SHARED[kind], conversation_id, user_id, limit, before=before))[::-1]


def last_of_each(session: Session, conversation_ids: Sequence[str], user_id: str) -> list[Row[Any]]:
    """Return the last message that the person can see of each conversation."""
    values = {"conversation_ids": list(conversation_ids), "user_id": user_id, "after": 0, "before": LAST}
    return list(LAST_OF_EACH.run(session, **values).all())


def _execute(
    session: Session,
    statement: Prepared,
    conversation_id: str,
    user_id: str,
    limit: int,
    after: int = 0,
    before: int = LAST,
    **more: str,
) -> Sequence[Row[Any]]:
    values = {"conversation_id": conversation_id, "user_id": user_id, "limit": limit, "after": after, "before": before}
    return statement.run(session, **values, **more).all()
