"""Public channels as far as everybody may know them, and what their owners say about ads in them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.ads import AdsImpossible, ChannelAdsView
from contracts.subscriptions import PublicChannelView
from svc_ads.actions import advertisers, approvals
from svc_ads.models import Channel

MAX_BLOCKED = 500


class ChannelSettings(TypedDict, total=False):
    """What an owner may set."""

    enabled: bool
    approve_first: bool
    blocked_categories: list[str]
    blocked_advertisers: list[str]


def hear(session: Session, channel: PublicChannelView) -> None:
    """Take up what everybody may know of a channel; the newest version counts."""
    facts = {name: channel[name] for name in ("version", "listed", "owner_id", "topics", "language")}
    row = insert(Channel).values(channel_id=channel["channel_id"], **facts)
    newer = row.on_conflict_do_update(
        index_elements=["channel_id"],
        set_={**{name: row.excluded[name] for name in facts}, "settings_version": Channel.settings_version + 1},
        where=Channel.version < row.excluded.version,
    )
    session.execute(newer)


def listed_after(session: Session, after: str | None, limit: int) -> list[tuple[str, int]]:
    """Return (id, version) of channels that are taken for public, by their ids, after the id `after`."""
    query = select(Channel.channel_id, Channel.version).where(Channel.listed).order_by(Channel.channel_id)
    rows = session.execute(
        query.limit(limit) if after is None else query.where(Channel.channel_id > after).limit(limit)
    )
    return [(channel_id, version) for channel_id, version in rows]


def forget_unlisted(session: Session, known: Sequence[tuple[str, int]], listed: set[str]) -> int:
    """Take channels off that are public no longer, unless they were told of meanwhile; return how many that were."""
    gone = 0
    for channel_id, version in known:
        if channel_id not in listed:
            here = (Channel.channel_id == channel_id, Channel.version == version, Channel.listed)
            off = update(Channel).where(*here).values(listed=False, settings_version=Channel.settings_version + 1)
            gone += session.execute(off.execution_options(synchronize_session=False)).rowcount  # type: ignore[attr-defined]
    return gone


def view(session: Session, channel: dict[str, Any]) -> ChannelAdsView:
    """Return what a channel's owner said about ads in it."""
    row = session.get(Channel, channel["id"], populate_existing=True)
    blocked = row.blocked_advertisers if row else []
    return {
        "channel_id": channel["id"],
        "enabled": bool(row and row.enabled),
        "approve_first": bool(row and row.approve_first),
        "blocked_categories": row.blocked_categories if row else [],
        "blocked_advertisers": blocked,
        "blocked": advertisers.names(session, blocked),
        "possible": channel["visibility"] == "public",
    }


def set_up(session: Session, channel: dict[str, Any], changes: ChannelSettings, now: datetime) -> None:
    """Take up what a channel's owner says.

    Args:
        session: The transaction.
        channel: The channel as its owner sees it, just asked of svc_subscriptions.
        changes: What to change.
        now: The present time.

    Raises:
        AdsImpossible: It is not public.
    """
    if channel["visibility"] != "public":
        raise AdsImpossible
    row = _lock(session, channel)
    changed = {name: value for name, value in changes.items() if getattr(row, name) != value}
    if not changed:
        return
    for name, value in changed.items():
        setattr(row, name, value)
    row.settings_version += 1
    session.flush()
    if row.enabled and row.approve_first:
        approvals.ask_of_channel(session, row, now)


def _lock(session: Session, channel: dict[str, Any]) -> Channel:
    """Lock and return a channel, also one that was not told of yet."""
    first = insert(Channel).values(
        channel_id=channel["id"],
        version=-1,  # whatever is told of it later counts
        listed=True,
        owner_id=channel["owner_id"],
        topics=channel["topics"],
        language=channel["language"],
    )
    session.execute(first.on_conflict_do_nothing())
    row = session.get(Channel, channel["id"], populate_existing=True, with_for_update=True)
    if row is None:
        raise LookupError(f"the channel {channel['id']} has gone")
    return row


def count_reached(session: Session, topics: list[str]) -> int:
    """Return in how many public channels whose owners want ads a campaign of these topics could be shown."""
    query = select(func.count()).select_from(Channel).where(Channel.listed, Channel.enabled)
    if topics:
        query = query.where(Channel.topics.op("&&", is_comparison=True)(topics))
    return session.scalars(query).one()
