"""Channels and places in them as their readers see them."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Select, and_, func, select

from contracts.clock import rfc3339
from contracts.subscriptions import (
    ChannelRole,
    ChannelView,
    FollowerView,
    InviteView,
    Level,
    SubscriptionView,
    Visibility,
)
from svc_subscriptions.actions.counting import followers_of_channel, unread_posts
from svc_subscriptions.models import Channel, Invite, Subscription
from svc_subscriptions.views import optional_time

#: A channel, how somebody follows it, its follower count, and what is unread for them.
Place = tuple[Channel, Subscription | None, int, int]


def places(user_id: str) -> Select[Channel, Subscription, int, int]:
    """Return the query of channels as `Place` rows of one person; it shows private ones too."""
    mine = and_(Subscription.channel_id == Channel.id, Subscription.user_id == user_id)
    return (
        select(Channel, Subscription, followers_of_channel(), func.coalesce(unread_posts(), 0))
        .outerjoin(Subscription, mine)
        .where(Channel.deleted_at.is_(None))
        .execution_options(populate_existing=True)
    )


def channel_view(place: Any) -> ChannelView:
    """Return a channel as one person sees it."""
    channel, subscription, followers, unread = cast(Place, place)
    return {
        "id": channel.id,
        "handle": channel.handle,
        "title": channel.title,
        "description": channel.description,
        "topics": channel.topics,
        "language": channel.language,
        "visibility": cast(Visibility, channel.visibility),
        "verified": channel.verified,
        "paid": channel.paid,
        "picture": channel.picture,
        "owner_id": channel.owner_id,
        "created_at": rfc3339(channel.created_at),
        "seq": channel.seq,
        "follower_count": followers,
        "subscription": None if subscription is None else subscription_view(subscription),
        "unread": unread,
    }


def subscription_view(row: Subscription) -> SubscriptionView:
    """Return how a person follows a channel."""
    return {
        "level": cast(Level, row.level),
        "role": cast(ChannelRole, row.role),
        "since": rfc3339(row.since),
        "read_seq": row.read_seq,
        "muted_until": optional_time(row.muted_until),
    }


def follower_view(row: Subscription) -> FollowerView:
    """Return a follower as the channel's team sees them."""
    return {"user_id": row.user_id, "role": cast(ChannelRole, row.role), "since": rfc3339(row.since)}


def invite_view(row: Invite) -> InviteView:
    """Return an invitation, whose code nobody can read again."""
    return {
        "id": row.id,
        "channel_id": row.channel_id,
        "expires_at": optional_time(row.expires_at),
        "max_uses": row.max_uses,
        "uses": row.uses,
        "needs_approval": row.needs_approval,
        "created_by": row.created_by,
        "created_at": rfc3339(row.created_at),
        "revoked": row.revoked_at is not None,
    }
