"""What a client that was away asks first: what differs, and what it may no longer see."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from contracts.clock import rfc3339
from svc_subscriptions.actions.counting import unread_posts
from svc_subscriptions.models import Channel, ChannelAccessRemoved, Subscription

#: A removal's time is taken before its commit, so each answer reaches back over the last one.
OVERLAP = timedelta(seconds=10)
MAX_REMOVALS = 5_000


def sync_channels(session: Session, user_id: str, heads: dict[str, int]) -> list[dict[str, Any]]:
    """Return the channels that the person follows and whose `seq` is not the one in `heads`.

    Those that `heads` lacks are among them, and those that the person does not (or no longer) follow
    are told as `gone`, whether they exist or not. One that `heads` is ahead of is told as `reset`: what the person
    knows of it was undone when older data was restored.
    """
    rows = session.execute(
        select(Channel.id, Channel.seq, unread_posts())
        .join(Subscription, Subscription.channel_id == Channel.id)
        .where(Subscription.user_id == user_id, Channel.deleted_at.is_(None))
    ).all()
    items: list[dict[str, Any]] = [
        {
            "channel": channel_id,
            "seq": seq,
            "unread": unread,
            **({"reset": True} if heads.get(channel_id, 0) > seq else {}),
        }
        for channel_id, seq, unread in rows
        if heads.get(channel_id) != seq
    ]
    mine = {row[0] for row in rows}
    gone = [each for each in heads if each not in mine]
    return [*items, *({"channel": each, "seq": 0, "unread": 0, "gone": True} for each in gone)]


def list_my_channel_ids(session: Session, user_id: str) -> list[str]:
    """Return the ids of all channels that the person follows."""
    query = select(Channel.id).join(Subscription, Subscription.channel_id == Channel.id)
    mine = query.where(Subscription.user_id == user_id, Channel.deleted_at.is_(None))
    return list(session.scalars(mine.order_by(Channel.id)))


def list_access_removed(session: Session, since: datetime) -> list[dict[str, str]]:
    """Return whose following of what ended since about `since` and has not begun again, the newest first.

    When a large channel ends there are more than one answer holds; those that are new are all in it.
    """
    back = exists().where(
        Subscription.channel_id == ChannelAccessRemoved.channel_id,
        Subscription.user_id == ChannelAccessRemoved.user_id,
    )
    query = select(ChannelAccessRemoved).where(ChannelAccessRemoved.removed_at > since - OVERLAP, ~back)
    rows = session.scalars(query.order_by(ChannelAccessRemoved.removed_at.desc()).limit(MAX_REMOVALS))
    return [
        {"user_id": row.user_id, "channel_id": row.channel_id, "removed_at": rfc3339(row.removed_at)} for row in rows
    ]
