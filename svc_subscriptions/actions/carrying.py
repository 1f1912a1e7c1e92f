"""What a person may read: asked by the services that own what posts carry and channels show, e.g. media."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from svc_subscriptions.actions.access import is_place_of, is_visible
from svc_subscriptions.actions.paywall import is_open_to
from svc_subscriptions.models import Channel, Subscription
from svc_subscriptions.post_models import Post


def readable_channels(session: Session, user_id: str, channel_ids: Collection[str]) -> list[str]:
    """Return those of the channels that the person may know now."""
    found = select(Channel.id).outerjoin(Subscription, is_place_of(user_id))
    return list(session.scalars(found.where(Channel.id.in_(channel_ids), is_visible())))


def readable_posts(session: Session, user_id: str, post_ids: Collection[str]) -> list[str]:
    """Return those of the posts that the person may read now: undeleted, in channels that they may know, and paid."""
    found = select(Post.id).join(Channel, Channel.id == Post.channel_id).outerjoin(Subscription, is_place_of(user_id))
    readable = (Post.deleted_at.is_(None), is_visible(), is_open_to(user_id))
    return list(session.scalars(found.where(Post.id.in_(post_ids), *readable)))


def owned(session: Session, channel_ids: Collection[str]) -> list[Channel]:
    """Return those of the channels that are still there."""
    return list(session.scalars(select(Channel).where(Channel.id.in_(channel_ids), Channel.deleted_at.is_(None))))
