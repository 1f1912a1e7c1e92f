"""E-mail digests: when each person's is due, what is in it, and that it was sent.

A digest is claimed before it is sent and noted afterwards. Where a process dies in between it is sent
again after the claim, under the same Message-ID, by which mail servers and readers know a repeat.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from svc_subscriptions.actions.counting import unread_posts
from svc_subscriptions.actions.paywall import locked_ids
from svc_subscriptions.actions.quiet import next_local
from svc_subscriptions.models import Channel, Subscription
from svc_subscriptions.notification_models import Digest, Notification, Observer, Preferences
from svc_subscriptions.post_models import Post

LEASE = timedelta(minutes=5)
AT = "08:00"
MONDAY = 0
MAX_CHANNELS, MAX_POSTS, EXCERPT = 30, 10, 160
_RETRY = timedelta(minutes=15)

# In a WITH, which is run once: a subquery may be run again for each row, and then takes more than its limit.
_CLAIM = text("""
WITH due AS (
  SELECT user_id FROM digests
  WHERE next_at <= :now AND (claimed_until IS NULL OR claimed_until < clock_timestamp())
  ORDER BY next_at LIMIT :size FOR UPDATE SKIP LOCKED
)
UPDATE digests d SET claimed_until = clock_timestamp() + :lease
FROM due WHERE d.user_id = due.user_id
RETURNING d.user_id::text, d.next_at, d.after_id::text, d.claimed_until
""")


@dataclass(frozen=True, slots=True)
class Claim:
    """A person's digest that this process sends."""

    user_id: str
    due_at: datetime
    after_id: str | None
    until: datetime

    @property
    def message_id(self) -> str:
        """Return the Message-ID, which is the same however often this digest is sent."""
        return f"<digest.{self.user_id}.{int(self.due_at.timestamp())}@charla>"


@dataclass(frozen=True, slots=True)
class Watched:
    """A channel that the person's own observer of kind `digest` looks at."""

    channel_id: str
    observer_id: str
    title: str
    seq: int
    posts: list[str]


@dataclass(frozen=True, slots=True)
class Content:
    """What is in a digest."""

    email: str
    locale: str
    channels: list[tuple[str, int]]
    counts: dict[str, int]
    watched: list[Watched]
    last_id: str | None

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to say."""
        return not (self.channels or self.counts or any(each.posts for each in self.watched))


def schedule(session: Session, user_id: str, now: datetime) -> None:
    """Set when a person's next digest is due, by what they chose; none where they want none."""
    row = session.get(Preferences, user_id)
    every = _how_often(session, user_id, row)
    if row is None or every == "off" or row.email is None:
        cancel(session, user_id)
        return
    due = next_local(row.time_zone, AT, now, MONDAY if every == "weekly" else None)
    values = {"user_id": user_id, "next_at": due}
    statement = insert(Digest).values(**values)
    session.execute(statement.on_conflict_do_update(index_elements=["user_id"], set_={"next_at": due}))


def _how_often(session: Session, user_id: str, row: Preferences | None) -> str:
    if row is not None and row.email_digest != "off":
        return row.email_digest
    mine = (Observer.created_by == user_id, Observer.kind == "digest", Observer.state == "active")
    return "daily" if session.scalar(select(Observer.id).where(*mine).limit(1)) else "off"


def cancel(session: Session, user_id: str) -> None:
    """Send a person no digest any more."""
    session.execute(delete(Digest).where(Digest.user_id == user_id))


def claim(session: Session, size: int, now: datetime) -> list[Claim]:
    """Take up to `size` digests that are due and that nobody sends."""
    rows = session.execute(_CLAIM, {"lease": LEASE, "size": size, "now": now})
    return [Claim(row.user_id, row.next_at, row.after_id, row.claimed_until) for row in rows]


def gather(session: Session, claimed: Claim) -> Content | None:
    """Return what a digest says; None where the person has no address any more."""
    row = session.get(Preferences, claimed.user_id)
    if row is None or row.email is None:
        return None
    wants_all = row.email_digest != "off"
    return Content(
        email=row.email,
        locale=row.locale,
        channels=_unread_channels(session, claimed.user_id) if wants_all else [],
        counts=_count_lines(session, claimed) if wants_all else {},
        watched=_watched(session, claimed.user_id),
        last_id=session.scalar(_lines(claimed.user_id).order_by(Notification.id.desc()).limit(1)),
    )


def _lines(user_id: str) -> Any:
    return select(Notification.id).where(Notification.user_id == user_id)


def _unread_channels(session: Session, user_id: str) -> list[tuple[str, int]]:
    query = (
        select(Channel.title, unread_posts().label("unread"))
        .join(Subscription, Subscription.channel_id == Channel.id)
        .where(Subscription.user_id == user_id, Subscription.level != "silent", Channel.deleted_at.is_(None))
        .where(Channel.post_count > Subscription.read_posts)
        .order_by(Channel.title)
    )
    found = [(title, int(unread)) for title, unread in session.execute(query) if unread > 0]
    return found[:MAX_CHANNELS]


def _count_lines(session: Session, claimed: Claim) -> dict[str, int]:
    """Return how many unread mentions, replies and comments came since the last digest."""
    query = select(Notification.kind, func.count()).where(
        Notification.user_id == claimed.user_id,
        Notification.read_at.is_(None),
        Notification.kind.in_(("mention", "reply", "comment")),
    )
    if claimed.after_id is not None:
        query = query.where(Notification.id > claimed.after_id)
    return {kind: int(count) for kind, count in session.execute(query.group_by(Notification.kind))}


def _watched(session: Session, user_id: str) -> list[Watched]:
    query = (
        select(Observer, Channel)
        .join(Channel, Channel.id == Observer.channel_id)
        .join(Subscription, (Subscription.channel_id == Channel.id) & (Subscription.user_id == user_id))
        .where(Observer.created_by == user_id, Observer.kind == "digest", Observer.state == "active")
        .where(Channel.deleted_at.is_(None))
    )
    return [
        Watched(channel.id, observer.id, channel.title, channel.seq, _excerpts(session, observer, user_id))
        for observer, channel in session.execute(query)
    ]


def _excerpts(session: Session, observer: Observer, user_id: str) -> list[str]:
    here = (Post.channel_id == observer.channel_id, Post.seq > observer.cursor, Post.deleted_at.is_(None))
    posts = session.scalars(select(Post).where(*here).order_by(Post.seq.desc()).limit(MAX_POSTS)).all()
    locked = locked_ids(session, posts, user_id)
    return [" ".join((each.teaser if each.id in locked else each.text).split())[:EXCERPT] for each in posts]


def settle(session: Session, claimed: Claim, content: Content | None, now: datetime) -> None:
    """Note that a digest was sent, or that there was nothing to send, and when the next one is due."""
    row = _find(session, claimed)
    if row is None:
        return
    row.claimed_until = None
    if content is not None:
        row.after_id = content.last_id
        row.last_sent_at = row.last_sent_at if content.is_empty else now
        for each in content.watched:
            _move_cursor(session, each)
    session.flush()
    schedule(session, claimed.user_id, max(now, claimed.due_at))


def put_off(session: Session, claimed: Claim, now: datetime) -> None:
    """Try a digest that could not be sent again later, as the same one."""
    row = _find(session, claimed)
    if row is not None:
        row.claimed_until = now + _RETRY


def _find(session: Session, claimed: Claim) -> Digest | None:
    query = select(Digest).where(Digest.user_id == claimed.user_id, Digest.claimed_until == claimed.until)
    return session.scalar(query.with_for_update())


def _move_cursor(session: Session, watched: Watched) -> None:
    observer = session.get(Observer, (watched.channel_id, watched.observer_id), with_for_update=True)
    if observer is not None and observer.cursor < watched.seq:
        observer.cursor = watched.seq
