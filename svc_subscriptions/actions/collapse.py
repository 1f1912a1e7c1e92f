"""A person's list: unread lines with one collapse key are shown, counted and read as one.

Writing only ever adds rows. Which of them is shown is a fact of the moment for unread ones (the newest
of its key, with the number of them all), and is settled when they are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from contracts.clock import rfc3339
from contracts.subscriptions import NotificationView
from svc_subscriptions.views import optional_time

_LIST = text("""
SELECT n.id::text, n.kind, n.channel_id::text, n.conversation_id::text, n.post_id::text, n.message_id::text,
  n.actor_id::text, n.preview, n.why, n.created_at, n.read_at,
  CASE WHEN n.read_at IS NULL AND n.collapse_key IS NOT NULL THEN (
    SELECT count(*) FROM notifications m
    WHERE m.user_id = n.user_id AND m.collapse_key = n.collapse_key AND m.read_at IS NULL
  ) ELSE n.count END AS count
FROM notifications n
WHERE n.user_id = :user_id AND NOT n.folded
  AND (CAST(:after AS uuid) IS NULL OR n.id < CAST(:after AS uuid))
  AND (NOT :unread_only OR n.read_at IS NULL)
  AND (n.read_at IS NOT NULL OR n.collapse_key IS NULL OR NOT EXISTS (
    SELECT 1 FROM notifications m WHERE m.user_id = n.user_id AND m.collapse_key = n.collapse_key
      AND m.read_at IS NULL AND m.id > n.id
  ))
ORDER BY n.id DESC LIMIT :size
""")

# The newest of each key stands for those that were read with it. Locked in one order: no deadlock.
_READ = """
WITH picked AS (
  SELECT n.id, n.collapse_key FROM notifications n
  WHERE n.user_id = :user_id AND n.read_at IS NULL AND {condition}
  ORDER BY n.id FOR UPDATE
), ranked AS (
  SELECT id, row_number() OVER same AS place, count(*) OVER (PARTITION BY coalesce(collapse_key, id::text)) AS size
  FROM picked WINDOW same AS (PARTITION BY coalesce(collapse_key, id::text) ORDER BY id DESC)
), marked AS (
  UPDATE notifications n SET read_at = now(), folded = r.place > 1, count = CASE WHEN r.place = 1 THEN r.size ELSE 1 END
  FROM ranked r WHERE n.user_id = :user_id AND n.id = r.id RETURNING n.id
), cancelled AS (
  UPDATE pushes p SET state = 'dropped', last_error = 'read', claimed_until = NULL
  FROM marked m WHERE p.user_id = :user_id AND p.notification_id = m.id AND p.state = 'waiting'
)
SELECT count(*) FROM marked
"""


def _reading(condition: str) -> Any:
    return text(_READ.format(condition=condition))


_READ_ALL = _reading("true")
_READ_UP_TO = _reading("n.id <= CAST(:up_to AS uuid)")
_READ_IDS = _reading("""EXISTS (
    SELECT 1 FROM notifications a
    WHERE a.user_id = n.user_id AND a.id = ANY(CAST(:ids AS uuid[]))
      AND (a.id = n.id OR (a.collapse_key = n.collapse_key AND n.id <= a.id))
  )""")
_READ_CHANNEL = _reading("n.channel_id = :place AND n.seq <= :seq AND n.kind IN ('post', 'mention')")
_READ_CONVERSATION = _reading("n.conversation_id = :place AND n.seq <= :seq")

_FORGET = """
WITH gone AS (DELETE FROM notifications WHERE user_id = :user_id AND {column} = :place RETURNING id)
UPDATE pushes p SET state = 'dropped', last_error = 'left', claimed_until = NULL
FROM gone g WHERE p.user_id = :user_id AND p.notification_id = g.id AND p.state = 'waiting'
"""
_FORGET_CHANNEL = text(_FORGET.format(column="channel_id"))
_FORGET_CONVERSATION = text(_FORGET.format(column="conversation_id"))


def channel_key(channel_id: str, kind: str) -> str:
    """Return the collapse key of a channel's posts, or of its mentions of a person."""
    return f"{kind}:channel:{channel_id}"


def conversation_key(conversation_id: str, kind: str) -> str:
    """Return the collapse key of mentions, replies or comments in a conversation."""
    return f"{kind}:conversation:{conversation_id}"


def list_lines(session: Session, user_id: str, limit: int, after: str | None, *, unread_only: bool) -> Sequence[Any]:
    """Return up to `limit` lines of a person's list, the newest first, those before the id `after`."""
    facts = {"user_id": user_id, "after": after, "unread_only": unread_only, "size": limit}
    return session.execute(_LIST, facts).all()


def line_view(row: Any) -> NotificationView:
    """Return a line as its person sees it."""
    return {
        "id": row.id,
        "kind": row.kind,
        "channel_id": row.channel_id,
        "conversation_id": row.conversation_id,
        "post_id": row.post_id,
        "message_id": row.message_id,
        "actor_id": row.actor_id,
        "count": row.count,
        "preview": row.preview,
        "why": row.why,
        "created_at": rfc3339(row.created_at),
        "read": optional_time(row.read_at) is not None,
    }


def mark_read(session: Session, user_id: str, ids: list[str] | None, up_to: str | None) -> int:
    """Mark lines read, with all that they stand for, or all up to one, or all; return how many rows changed.

    Pushes of them that still wait are called off.
    """
    if ids is not None:
        return _mark(session, _READ_IDS, user_id, ids=ids)
    return _mark(session, _READ_ALL if up_to is None else _READ_UP_TO, user_id, up_to=up_to)


def mark_channel_read(session: Session, user_id: str, channel_id: str, seq: int) -> int:
    """Mark what was told of a channel's posts up to `seq` read, since the person has read them there."""
    return _mark(session, _READ_CHANNEL, user_id, place=channel_id, seq=seq)


def mark_conversation_read(session: Session, user_id: str, conversation_id: str, seq: int) -> int:
    """Mark what was told of a conversation's messages up to `seq` read."""
    return _mark(session, _READ_CONVERSATION, user_id, place=conversation_id, seq=seq)


def _mark(session: Session, statement: Any, user_id: str, **facts: Any) -> int:
    return int(session.execute(statement, {"user_id": user_id, **facts}).scalar_one())


def forget_channel(session: Session, user_id: str, channel_id: str) -> None:
    """Forget what a person was told of a channel that they no longer follow."""
    session.execute(_FORGET_CHANNEL, {"user_id": user_id, "place": channel_id})


def forget_conversation(session: Session, user_id: str, conversation_id: str) -> None:
    """Forget what a person was told of a conversation that they are no longer in."""
    session.execute(_FORGET_CONVERSATION, {"user_id": user_id, "place": conversation_id})
