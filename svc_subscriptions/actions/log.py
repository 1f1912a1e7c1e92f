"""The append-only log of a channel: written under its lock, read again from any cursor without a gap."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from contracts.clock import rfc3339
from contracts.subscriptions import LogEntryView
from svc_subscriptions import live, views
from svc_subscriptions.actions.access import lock_unchecked, see_channel
from svc_subscriptions.models import Channel, Json
from svc_subscriptions.post_models import LogEntry


def append(
    session: Session,
    channel: Channel,
    type_: str,
    data: Json,
    post_id: str | None = None,
    shown: Any = None,
    at: datetime | None = None,
) -> int:
    """Write the next entry of a channel that is locked, tell open sockets, and return its number.

    Args:
        session: The transaction that holds the channel's lock.
        channel: The channel.
        type_: The entry's type.
        data: What the entry holds itself.
        post_id: The post that it is about.
        shown: What open sockets are told; `data` when None.
        at: When; now when None.
    """
    channel.seq += 1
    session.execute(
        insert(LogEntry).values(
            channel_id=channel.id,
            seq=channel.seq,
            type=type_,
            post_id=post_id,
            data=data,
            at=at or datetime.now(UTC),
        )
    )
    live.to_followers(session, channel.id, channel.seq, type_, data if shown is None else shown)
    return channel.seq


def append_observed(session: Session, channel_id: str, data: Json) -> int:
    """Write a domain event that the channel's observers asked for, as an entry of type `observed.event`.

    Raises:
        UnknownChannel: The channel is gone.
    """
    return append(session, lock_unchecked(session, channel_id), "observed.event", data)


def list_log(
    session: Session, channel_id: str, user_id: str | None, after_seq: int, limit: int
) -> tuple[list[LogEntryView], int, bool]:
    """Return the entries after `after_seq`, the number of the last one there is, and whether more follow.

    Args:
        session: The transaction.
        channel_id: The channel.
        user_id: The reader; None for an observer that the service itself serves.
        after_seq: The cursor.
        limit: How many at most.

    Raises:
        UnknownChannel: They may not know the channel.
    """
    if user_id is None:
        head = session.scalar(select(Channel.seq).where(Channel.id == channel_id)) or 0
    else:
        head = see_channel(session, channel_id, user_id)[0].seq
    here = (LogEntry.channel_id == channel_id, LogEntry.seq > after_seq, LogEntry.seq <= head)
    entries = list(session.scalars(select(LogEntry).where(*here).order_by(LogEntry.seq).limit(limit)))
    return entry_views(session, channel_id, entries, user_id), head, bool(entries) and entries[-1].seq < head


def entry_views(session: Session, channel_id: str, entries: list[LogEntry], user_id: str | None) -> list[LogEntryView]:
    """Return entries with their posts as these are now; a deleted one has no text any more."""
    wanted = {entry.post_id for entry in entries if entry.post_id}
    posts = views.load_post_views(session, channel_id, wanted, user_id)
    return [
        {
            "channel_id": entry.channel_id,
            "seq": entry.seq,
            "type": entry.type,
            "post": posts.get(entry.post_id) if entry.post_id else None,
            "data": entry.data,
            "at": rfc3339(entry.at),
        }
        for entry in entries
    ]
