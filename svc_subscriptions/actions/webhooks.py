"""Handing a channel's log to webhooks: claimed, one entry after the other, and never past a failure.

An entry keeps its delivery id however often it is tried, so that the other side can tell repeats.
"""

from __future__ import annotations

import hashlib
import hmac
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from contracts.base import new_id
from contracts.subscriptions import LogEntryView
from plumbing import codec
from svc_subscriptions.actions import log, notifying, sealing
from svc_subscriptions.actions.rules import Verdict
from svc_subscriptions.models import Channel
from svc_subscriptions.notification_models import Delivery, Observer
from svc_subscriptions.providers import Handed

LEASE = timedelta(seconds=90)
PAGE = 20
#: Of one channel's webhooks so many are called at once, so that the hanging ones of one leave room for others.
PER_CHANNEL = 8
#: With these waits, twenty failures in a row are about three days.
MAX_FAILURES = 20
FIRST_WAIT_S, LONGEST_WAIT_S, LONGEST_ASKED_S = 10.0, 6 * 3_600.0, 24 * 3_600.0

# An observer that is not due yet has a time; one with nothing to do has none, and `wake` gives it one.
# In a WITH, which is run once: a subquery may be run again for each row, and then takes more than its limit.
_CLAIM = text("""
WITH due AS (
  SELECT channel_id, id FROM observers a
  WHERE state IN ('active', 'failing') AND kind = 'webhook' AND next_attempt_at <= now()
    AND (claimed_until IS NULL OR claimed_until < now())
    AND (SELECT count(*) FROM observers b WHERE b.channel_id = a.channel_id AND b.claimed_until > now()) < :most
  ORDER BY next_attempt_at LIMIT :size FOR UPDATE SKIP LOCKED
)
UPDATE observers o SET claimed_until = clock_timestamp() + :lease
FROM due WHERE o.channel_id = due.channel_id AND o.id = due.id
RETURNING o.channel_id::text, o.id::text, o.claimed_until
""")

WAKE = text("""
UPDATE observers o SET next_attempt_at = now()
FROM channels c
WHERE o.channel_id = c.id AND o.next_attempt_at IS NULL AND o.kind = 'webhook' AND o.cursor < c.seq
  AND o.state IN ('active', 'failing')
""")

_WAKE_CHANNEL = text("""
UPDATE observers SET next_attempt_at = now()
WHERE channel_id = :channel_id AND next_attempt_at IS NULL AND kind = 'webhook' AND state IN ('active', 'failing')
""")


@dataclass(frozen=True, slots=True)
class Claim:
    """An observer that this process serves until `until`; which also says that nobody interfered."""

    channel_id: str
    observer_id: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Work:
    """What an observer gets next."""

    url: str
    secret: str
    events: Sequence[str]
    entries: list[LogEntryView]


def wake(session: Session, channel_id: str) -> None:
    """Let a channel's webhooks look at its log."""
    session.execute(_WAKE_CHANNEL, {"channel_id": channel_id})


def claim(session: Session, size: int) -> list[Claim]:
    """Take up to `size` webhooks that are due and that nobody serves."""
    rows = session.execute(_CLAIM, {"lease": LEASE, "size": size, "most": PER_CHANNEL})
    return [Claim(row.channel_id, row.id, row.claimed_until) for row in rows]


def load(session: Session, claimed: Claim) -> Work | None:
    """Return the next entries after the observer's cursor; None where the claim is over."""
    row = _find(session, claimed)
    if row is None:
        return None
    entries, _, _ = log.list_log(session, claimed.channel_id, None, row.cursor, PAGE)
    return Work(row.url or "", sealing.unseal(row.secret_enc or b""), row.events, entries)


def _find(session: Session, claimed: Claim, *, lock: bool = False) -> Observer | None:
    here = (Observer.channel_id == claimed.channel_id, Observer.id == claimed.observer_id)
    query = select(Observer).where(*here, Observer.claimed_until == claimed.until)
    return session.scalar(query.with_for_update() if lock else query)


def headers_of(work: Work, claimed: Claim, entry: LogEntryView, body: bytes, now: datetime) -> dict[str, str]:
    """Return the headers of a delivery: whoever has the secret can tell that it is from us and of now."""
    stamp = int(now.timestamp())
    return {
        "Content-Type": "application/json",
        "User-Agent": "Charla-Webhook/1",
        "Charla-Event": entry["type"],
        "Charla-Delivery": str(uuid5(UUID(claimed.observer_id), str(entry["seq"]))),
        "Charla-Signature": f"t={stamp},v1={sign(work.secret, stamp, body)}",
    }


def sign(secret: str, stamp: int, body: bytes) -> str:
    """Return the HMAC-SHA-256 of `stamp.body` in hexadecimal."""
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()


def body_of(entry: LogEntryView) -> bytes:
    """Return what a webhook is told of an entry."""
    return codec.encode(entry)


def move(session: Session, claimed: Claim, seq: int, handed: Handed | None) -> bool:
    """Note that the observer got the entry `seq` (None: it wants none of that type); False where the claim is over."""
    row = _find(session, claimed, lock=True)
    if row is None:
        return False
    row.cursor = seq
    if handed is not None:
        row.failures, row.last_error, row.state = 0, None, "active"
        _keep(session, claimed, seq, handed)
    return True


def fail(session: Session, claimed: Claim, seq: int, handed: Handed, now: datetime) -> list[str]:
    """Note that the observer did not take an entry; return those who were told that it is disabled now."""
    row = _find(session, claimed, lock=True)
    if row is None:
        return []
    _keep(session, claimed, seq, handed)
    row.failures += 1
    row.last_error = handed.error
    row.claimed_until = None
    gone = handed.status == 410
    if row.failures < MAX_FAILURES and not gone:
        row.state, row.next_attempt_at = "failing", now + timedelta(seconds=wait_s(row.failures, handed.retry_after_s))
        return []
    row.state, row.next_attempt_at = "disabled", None
    return _tell_owner(session, row, now)


def wait_s(failures: int, retry_after_s: float | None) -> float:
    """Return how long to wait after so many failures in a row, with jitter; longer where the other side asks."""
    backoff_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (failures - 1))
    return max(backoff_s * random.uniform(0.8, 1.2), min(retry_after_s or 0.0, LONGEST_ASKED_S))  # noqa: S311


def release(session: Session, claimed: Claim) -> None:
    """Give an observer back; it is due again where its log went on meanwhile."""
    row = _find(session, claimed, lock=True)
    if row is None:
        return
    head = session.scalar(select(Channel.seq).where(Channel.id == claimed.channel_id)) or 0
    row.claimed_until = None
    row.next_attempt_at = datetime.now(UTC) if row.cursor < head else None


def _keep(session: Session, claimed: Claim, seq: int, handed: Handed) -> None:
    session.add(
        Delivery(
            channel_id=claimed.channel_id,
            observer_id=claimed.observer_id,
            id=new_id(),
            seq=seq,
            status=handed.status,
            error=handed.error,
            duration_ms=handed.duration_ms,
            at=datetime.now(UTC),
        )
    )


def _tell_owner(session: Session, row: Observer, now: datetime) -> list[str]:
    """Tell the channel's owner, and who attached it, that a webhook was disabled."""
    channel = session.get(Channel, row.channel_id)
    if channel is None:
        return []
    why = {"rule": "webhook_disabled", "channel_id": row.channel_id, "observer_id": row.id, "error": row.last_error}
    people = notifying.load_people(session, sorted({channel.owner_id, row.created_by}))
    told = [(each.user_id, Verdict("system", why, now if each.push and each.has_device else None)) for each in people]
    key = f"webhook_disabled:{row.id}:{int(now.timestamp())}"
    cause: notifying.Cause = {"source_key": key, "channel_id": row.channel_id, "preview": channel.title}
    return notifying.write(session, told, cause, now)
