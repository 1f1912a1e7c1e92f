"""What everybody may know of public channels: told when it changes, and listed for who missed that.

Nothing is told of a channel that is private; of one that becomes private once, that it is public no longer.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from contracts.subscriptions import PublicChannelChanged, PublicChannelView
from plumbing.outbox import record_event
from svc_subscriptions.models import Channel

#: What of a channel is told.
TOLD = frozenset({"visibility", "topics", "language", "owner_id"})


def tell(session: Session, channel: Channel) -> None:
    """Tell of a channel that is public, and whose lock is held, as it is now."""
    if channel.visibility == "public":
        _record(session, channel, listed=channel.deleted_at is None)


def tell_unlisted(session: Session, channel: Channel) -> None:
    """Tell that a channel, whose lock is held, is public no longer."""
    _record(session, channel, listed=False)


def _record(session: Session, channel: Channel, *, listed: bool) -> None:
    channel.listing_version += 1
    record_event(
        session,
        PublicChannelChanged(
            channel_id=channel.id,
            version=channel.listing_version,
            listed=listed,
            owner_id=channel.owner_id,
            topics=channel.topics,
            language=channel.language,
        ),
    )


def list_public(
    session: Session, channel_ids: Collection[str] | None, limit: int, after: str | None
) -> list[PublicChannelView]:
    """Return up to `limit` public channels by their ids, after the id `after`; only of `channel_ids` where given."""
    query = select(Channel).where(Channel.visibility == "public", Channel.deleted_at.is_(None))
    if channel_ids is not None:
        query = query.where(Channel.id.in_(channel_ids))
    if after is not None:
        query = query.where(Channel.id > after)
    return [_view(each) for each in session.scalars(query.order_by(Channel.id).limit(limit))]


def _view(channel: Channel) -> PublicChannelView:
    return {
        "channel_id": channel.id,
        "version": channel.listing_version,
        "listed": True,
        "owner_id": channel.owner_id,
        "topics": channel.topics,
        "language": channel.language,
    }


_FOLLOWED = text(
    """
    SELECT DISTINCT topic FROM subscriptions AS place JOIN channels AS channel ON channel.id = place.channel_id
    CROSS JOIN LATERAL jsonb_array_elements_text(channel.topics) AS topic
    WHERE place.user_id = CAST(:user_id AS uuid) AND channel.visibility = 'public' AND channel.deleted_at IS NULL
    ORDER BY topic
    """
)


def followed_topics(session: Session, user_id: str) -> list[str]:
    """Return the topics of public channels that somebody follows, without a word of which those are."""
    return list(session.scalars(_FOLLOWED, {"user_id": user_id}))
