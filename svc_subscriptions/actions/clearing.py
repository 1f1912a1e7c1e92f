"""Clearing away what belonged to a channel that ended, a batch at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.orm import Session

from svc_subscriptions import live
from svc_subscriptions.models import (
    Base,
    Channel,
    ChannelAccessRemoved,
    ChannelDay,
    ChannelHandle,
    FollowerCount,
    Following,
    Invite,
    InviteCode,
    JoinRequest,
    Subscription,
)
from svc_subscriptions.notification_models import Delivery, Observer
from svc_subscriptions.post_models import (
    CommentMember,
    FanoutJob,
    LogEntry,
    Post,
    PostReaction,
    PostView,
    PostViewCount,
    ScheduledPost,
)

#: The channel's own row stays so long, for followers whose transaction was under way when it ended.
KEPT = timedelta(hours=1)
#: Removals of access are told to the gateway for so long.
REMOVALS_KEPT = timedelta(days=1)
_TABLES: tuple[type[Base], ...] = (
    ChannelHandle,
    Observer,
    Delivery,
    FanoutJob,
    ScheduledPost,
    InviteCode,
    Invite,
    JoinRequest,
    PostReaction,
    PostView,
    PostViewCount,
    CommentMember,
    ChannelDay,
    FollowerCount,
    LogEntry,
    Post,
)


def clear_channel(session: Session, channel_id: str, limit: int) -> int:
    """Clear up to `limit` followers or rows of a channel that ended; return how many.

    The followers go first, each told and counted down; then one table after the other; at last, an
    hour after its end, the channel itself.
    """
    cleared = _clear_followers(session, channel_id, limit)
    for table in _TABLES if not cleared else ():
        cleared = _clear_rows(session, table, channel_id, limit)
        if cleared:
            break
    if not cleared:
        old = (Channel.id == channel_id, Channel.deleted_at < datetime.now(UTC) - KEPT)
        session.execute(delete(Channel).where(*old))
    return cleared


def _clear_followers(session: Session, channel_id: str, limit: int) -> int:
    here = select(Subscription.user_id).where(Subscription.channel_id == channel_id)
    people = list(session.scalars(here.order_by(Subscription.user_id).limit(limit)))
    if not people:
        return 0
    # In the order of their ids, so that two of these never wait for each other.
    locked = select(Following.user_id).where(Following.user_id.in_(people)).order_by(Following.user_id)
    session.execute(locked.with_for_update(key_share=True))
    gone = delete(Subscription).where(Subscription.channel_id == channel_id, Subscription.user_id.in_(people))
    removed = list(session.scalars(gone.returning(Subscription.user_id)))
    counted = update(Following).where(Following.user_id.in_(removed)).values(followed=Following.followed - 1)
    session.execute(counted.execution_options(synchronize_session=False))
    for user_id in removed:
        live.to_user(session, user_id, "channel.left", {"channel_id": channel_id})
    now = datetime.now(UTC)
    rows = [{"user_id": user_id, "channel_id": channel_id, "removed_at": now} for user_id in removed]
    if rows:
        session.execute(insert(ChannelAccessRemoved), rows)
    return len(removed)


def _clear_rows(session: Session, table: type[Base], channel_id: str, limit: int) -> int:
    statement = (
        f"DELETE FROM {table.__tablename__} WHERE ctid = ANY(ARRAY("  # noqa: S608 - a name of ours
        f"SELECT ctid FROM {table.__tablename__} WHERE channel_id = :channel_id LIMIT :size))"
    )
    return session.execute(text(statement), {"channel_id": channel_id, "size": limit}).rowcount  # type: ignore[attr-defined]


def forget_removals(session: Session) -> None:
    """Forget removals of access that the gateway has been told long ago."""
    old = ChannelAccessRemoved.removed_at < datetime.now(UTC) - REMOVALS_KEPT
    session.execute(delete(ChannelAccessRemoved).where(old))
