"""The queue of web pushes: claimed for a while, collapsed, sent or put off, and settled many at a time.

A push that was handed over and not settled (the process died) goes out again, with the same id.
"""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.orm import Session

from contracts.clock import rfc3339
from plumbing import codec
from svc_subscriptions.actions.quiet import QuietHours, quiet_until

LEASE = timedelta(seconds=60)
LIFE = timedelta(days=1)
#: After a push, others with the same collapse key wait so long and then leave as one.
PAUSE = timedelta(seconds=60)
MAX_ATTEMPTS = 8
_FIRST_WAIT_S = 5.0
_LONGEST_WAIT_S = 3_600.0

State = Literal["sent", "dropped", "failed", "waiting"]

_CLAIM = text("""
WITH due AS (
  SELECT user_id, id FROM pushes
  WHERE state = 'waiting' AND next_attempt_at <= now() AND (claimed_until IS NULL OR claimed_until < now())
  ORDER BY next_attempt_at LIMIT :size FOR UPDATE SKIP LOCKED
), claimed AS (
  UPDATE pushes p SET claimed_until = now() + :lease, attempts = p.attempts + 1
  FROM due d WHERE p.user_id = d.user_id AND p.id = d.id
  RETURNING p.user_id, p.id, p.notification_id, p.endpoint_id, p.collapse_key, p.attempts, p.created_at
)
SELECT c.user_id::text, c.id::text, c.notification_id::text, c.endpoint_id::text, c.collapse_key, c.attempts,
  c.created_at, n.kind, n.channel_id::text, n.conversation_id::text, n.post_id::text, n.message_id::text,
  n.actor_id::text, n.preview, n.read_at, n.id IS NULL AS gone,
  e.endpoint, e.p256dh, e.auth, e.quiet AS silent, coalesce(e.enabled, false) AS enabled,
  coalesce(f.push, true) AS wanted, f.time_zone, f.quiet_from, f.quiet_to,
  EXISTS (
    SELECT 1 FROM posts o WHERE o.channel_id = n.channel_id AND o.id = n.post_id AND o.deleted_at IS NOT NULL
  ) AS deleted,
  (SELECT count(*) FROM notifications m WHERE m.user_id = c.user_id AND m.collapse_key = c.collapse_key
    AND m.read_at IS NULL) AS size,
  (SELECT max(q.sent_at) FROM pushes q WHERE q.user_id = c.user_id AND q.endpoint_id = c.endpoint_id
    AND q.collapse_key = c.collapse_key AND q.state = 'sent') AS last_sent_at
FROM claimed c
LEFT JOIN notifications n ON n.user_id = c.user_id AND n.id = c.notification_id
LEFT JOIN push_endpoints e ON e.user_id = c.user_id AND e.id = c.endpoint_id
LEFT JOIN preferences f ON f.user_id = c.user_id
ORDER BY c.notification_id DESC
""")

_SETTLE = text("""
UPDATE pushes p SET state = s.state, last_error = s.error, claimed_until = NULL,
  attempts = CASE WHEN s.counts THEN p.attempts ELSE p.attempts - 1 END,
  next_attempt_at = coalesce(s.next_at, p.next_attempt_at), sent_at = CASE WHEN s.state = 'sent' THEN now() END
FROM json_to_recordset(CAST(:rows AS json)) AS s(
  user_id uuid, id uuid, state text, error text, next_at timestamptz, counts boolean
)
WHERE p.user_id = s.user_id AND p.id = s.id AND p.state = 'waiting'
""")

# What waits for the same device under the same key has been said by the push that was just sent.
_FOLD = text("""
UPDATE pushes p SET state = 'dropped', last_error = 'collapsed', claimed_until = NULL
FROM json_to_recordset(CAST(:rows AS json)) AS s(user_id uuid, endpoint_id uuid, key text, notification_id uuid)
WHERE p.user_id = s.user_id AND p.endpoint_id = s.endpoint_id AND p.collapse_key = s.key AND p.state = 'waiting'
  AND p.notification_id <= s.notification_id
""")

_NOTE_SUCCESS = text("""
UPDATE push_endpoints e SET last_success_at = now(), failures = 0
FROM json_to_recordset(CAST(:rows AS json)) AS s(user_id uuid, endpoint_id uuid)
WHERE e.user_id = s.user_id AND e.id = s.endpoint_id
""")


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a push."""

    push: Any
    state: State
    error: str | None = None
    next_at: datetime | None = None
    counts: bool = True


def claim(session: Session, size: int) -> Sequence[Any]:
    """Take up to `size` due pushes, with all that decides about them, for a minute; newest lines first."""
    return session.execute(_CLAIM, {"size": size, "lease": LEASE}).all()


def sort_out(pushes: Sequence[Any], live: set[str], now: datetime) -> tuple[list[Any], list[Settled]]:
    """Return which pushes have to be sent now, and what became of the others.

    Args:
        pushes: As claimed.
        live: The people who have an open socket, and so know already.
        now: The time.
    """
    wanted: list[Any] = []
    settled: list[Settled] = []
    chosen: set[tuple[str, str, str]] = set()
    for push in pushes:
        outcome = _judge(push, live, now)
        key = (push.user_id, push.endpoint_id, push.collapse_key or push.notification_id)
        if outcome is not None:
            settled.append(outcome)
        elif key in chosen:
            settled.append(Settled(push, "dropped", "collapsed"))
        else:
            chosen.add(key)
            wanted.append(push)
    return wanted, settled


def _judge(push: Any, live: set[str], now: datetime) -> Settled | None:
    reasons = {
        "read": push.gone or push.read_at is not None,
        "deleted": push.deleted,
        "no_device": not push.enabled,
        "not_wanted": not push.wanted,
        "too_old": push.created_at < now - LIFE,
        "live": push.user_id in live,
    }
    for reason, holds in reasons.items():
        if holds:
            return Settled(push, "dropped", reason)
    until = quiet_until(QuietHours(push.time_zone or "UTC", push.quiet_from, push.quiet_to), now)
    if until is None and push.collapse_key and push.last_sent_at is not None and push.last_sent_at + PAUSE > now:
        until = push.last_sent_at + PAUSE
    return None if until is None else Settled(push, "waiting", next_at=until, counts=False)


def failed(push: Any, error: str, retry_after_s: float | None, now: datetime) -> Settled:
    """Return what becomes of a push that was not taken: tried again later, each time after a longer while."""
    if push.attempts >= MAX_ATTEMPTS:
        return Settled(push, "failed", error)
    backoff_s = min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 4 ** (push.attempts - 1)) * random.uniform(0.8, 1.2)  # noqa: S311
    wait_s = max(backoff_s, min(retry_after_s or 0.0, LIFE.total_seconds()))
    return Settled(push, "waiting", error, now + timedelta(seconds=wait_s))


def settle(session: Session, settled: Sequence[Settled]) -> None:
    """Note what became of pushes; those that a sent one has said already are dropped."""
    if not settled:
        return
    rows = [
        {
            "user_id": each.push.user_id,
            "id": each.push.id,
            "state": each.state,
            "error": each.error,
            "next_at": None if each.next_at is None else rfc3339(each.next_at),
            "counts": each.counts,
        }
        for each in settled
    ]
    session.execute(_SETTLE, {"rows": codec.encode(rows).decode()})
    sent = [each.push for each in settled if each.state == "sent"]
    places = [{"user_id": push.user_id, "endpoint_id": push.endpoint_id} for push in sent]
    if places:
        session.execute(_NOTE_SUCCESS, {"rows": codec.encode(places).decode()})
    keyed = [
        {
            "user_id": push.user_id,
            "endpoint_id": push.endpoint_id,
            "key": push.collapse_key,
            "notification_id": push.notification_id,
        }
        for push in sent
        if push.collapse_key
    ]
    if keyed:
        session.execute(_FOLD, {"rows": codec.encode(keyed).decode()})


def payload(push: Any) -> bytes:
    """Return what a push says: where and by whom, never a text that somebody wrote."""
    said = {
        "id": push.notification_id,
        "kind": push.kind,
        "title": push.preview,
        "channel_id": push.channel_id,
        "conversation_id": push.conversation_id,
        "post_id": push.post_id,
        "message_id": push.message_id,
        "actor_id": push.actor_id,
        "count": max(1, push.size),
        "silent": push.silent,
    }
    return codec.encode({name: value for name, value in said.items() if value is not None})


def topic(push: Any) -> str:
    """Return the RFC 8030 Topic of a push: a later one with the same replaces it where it still waits."""
    digest = hashlib.sha256(f"{push.user_id} {push.collapse_key or push.notification_id}".encode()).digest()
    return base64.urlsafe_b64encode(digest)[:32].decode()
