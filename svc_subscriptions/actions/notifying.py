"""Writing what people are told: lines of their lists and the pushes that follow, by statements for many.

A line is written once for each person and cause (`source_key`), however often the cause is told. Its
pushes are rows of the same statement, so that neither is ever there without the other.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, TypedDict

from sqlalchemy import text
from sqlalchemy.orm import Session

from contracts.base import new_id
from contracts.clock import rfc3339
from plumbing import codec
from plumbing.frames import Frame
from plumbing.live_channels import user_channel
from svc_subscriptions.actions.quiet import QuietHours
from svc_subscriptions.actions.rules import Person, Verdict


class Cause(TypedDict, total=False):
    """What a line is about; the same for everybody who is told. Never a text that somebody wrote."""

    source_key: str
    collapse_key: str | None
    channel_id: str | None
    conversation_id: str | None
    post_id: str | None
    message_id: str | None
    actor_id: str | None
    seq: int | None
    preview: str


_WRITE = text("""
WITH s AS (
  SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS x(
    user_id uuid, id uuid, kind text, source_key text, collapse_key text, channel_id uuid, conversation_id uuid,
    post_id uuid, message_id uuid, actor_id uuid, seq bigint, preview text, why jsonb, created_at timestamptz,
    push_at timestamptz
  )
), written AS (
  INSERT INTO notifications (
    user_id, id, kind, source_key, collapse_key, channel_id, conversation_id, post_id, message_id, actor_id,
    seq, preview, why, created_at
  ) SELECT user_id, id, kind, source_key, collapse_key, channel_id, conversation_id, post_id, message_id, actor_id,
    seq, coalesce(preview, ''), why, created_at FROM s ORDER BY user_id
  ON CONFLICT (user_id, source_key) DO NOTHING RETURNING user_id, id
), pushed AS (
  INSERT INTO pushes (user_id, id, notification_id, endpoint_id, collapse_key, next_attempt_at, created_at)
  SELECT s.user_id, gen_random_uuid(), s.id, e.id, s.collapse_key, s.push_at, s.created_at
  FROM written w JOIN s ON s.user_id = w.user_id AND s.id = w.id
  JOIN push_endpoints e ON e.user_id = s.user_id AND e.enabled
  WHERE s.push_at IS NOT NULL
)
SELECT user_id::text FROM written
""")

_PEOPLE = text("""
SELECT u.id::text AS user_id, s.level, s.muted_until, p.time_zone, p.quiet_from, p.quiet_to,
  coalesce(p.mentions, true) AS mentions, coalesce(p.replies, true) AS replies, coalesce(p.push, true) AS push,
  EXISTS (SELECT 1 FROM push_endpoints e WHERE e.user_id = u.id AND e.enabled) AS has_device
FROM unnest(CAST(:user_ids AS uuid[])) AS u(id)
LEFT JOIN subscriptions s ON s.channel_id = CAST(:channel_id AS uuid) AND s.user_id = u.id
LEFT JOIN preferences p ON p.user_id = u.id
""")

_UNREAD = text("""
SELECT u.id::text AS user_id, (
  SELECT count(DISTINCT coalesce(n.collapse_key, n.id::text)) FROM notifications n
  WHERE n.user_id = u.id AND n.read_at IS NULL
) AS unread, statement_timestamp() AS at
FROM unnest(CAST(:user_ids AS uuid[])) AS u(id)
""")


def load_people(session: Session, user_ids: Sequence[str], channel_id: str | None = None) -> list[Person]:
    """Return what decides how people hear of things, of a channel in particular where one is given."""
    if not user_ids:
        return []
    rows = session.execute(_PEOPLE, {"user_ids": list(user_ids), "channel_id": channel_id})
    return [_person(row) for row in rows]


def _person(row: Any) -> Person:
    return Person(
        user_id=row.user_id,
        level=row.level,
        muted_until=row.muted_until,
        mentions=row.mentions,
        replies=row.replies,
        push=row.push,
        has_device=row.has_device,
        quiet=QuietHours(row.time_zone or "UTC", row.quiet_from, row.quiet_to),
    )


def write(session: Session, told: Sequence[tuple[str, Verdict]], cause: Cause, now: datetime) -> list[str]:
    """Write a line for each (person, verdict), and its pushes; return the people to whom it was new."""
    if not told:
        return []
    shared = {**cause, "created_at": rfc3339(now)}
    rows = [
        {
            **shared,
            "user_id": user_id,
            "id": new_id(),
            "kind": verdict.kind,
            "why": verdict.why,
            "push_at": None if verdict.push_at is None else rfc3339(verdict.push_at),
        }
        for user_id, verdict in told
    ]
    return [row.user_id for row in session.execute(_WRITE, {"rows": codec.encode(rows).decode()})]


def unread_frames(session: Session, user_ids: Collection[str]) -> list[Frame]:
    """Return the frames that tell people's sockets how many lines are unread, as committed by now.

    Read them in a new transaction after the commit. `as_of` lets a client drop a frame that was
    overtaken by a later one.
    """
    if not user_ids:
        return []
    rows = session.execute(_UNREAD, {"user_ids": sorted(set(user_ids))})
    return [(user_channel(row.user_id), codec.encode(_changed(row))) for row in rows]


def _changed(row: Any) -> dict[str, Any]:
    data = {"unread": row.unread, "as_of": rfc3339(row.at)}
    return {"t": "user_event", "type": "notifications.changed", "data": data}


def count_unread(session: Session, user_id: str) -> int:
    """Return how many lines of a person's list are unread; collapsed ones count as one."""
    return int(session.execute(_UNREAD, {"user_ids": [user_id]}).one().unread)
