"""Removing what is kept of somebody whose account is gone, a piece at a time.

Each piece is a transaction, and is found by the rows that are still there (docs/adr/0015). A channel whose
only owner they were goes to the eldest of its admins; without admins it ends.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from contracts.auth import NOBODY
from contracts.subscriptions import UnknownChannel
from plumbing import idempotency
from plumbing.erasures import Erasures
from svc_subscriptions import live
from svc_subscriptions.actions import listing
from svc_subscriptions.actions.access import lock_unchecked
from svc_subscriptions.actions.channels import end_channel
from svc_subscriptions.actions.following import leave_for_good
from svc_subscriptions.actions.posts import wipe
from svc_subscriptions.models import (
    Base,
    Channel,
    ChannelAccessRemoved,
    Erasure,
    Following,
    Invite,
    JoinRequest,
    Subscription,
)
from svc_subscriptions.notification_models import (
    Delivery,
    Digest,
    Notification,
    Observer,
    OutgoingPush,
    Preferences,
    PushEndpoint,
)
from svc_subscriptions.post_models import Entitlement, Post, PostReaction, PostView, ScheduledPost

BATCH = 200
_OF_A_PERSON: tuple[type[Base], ...] = (
    JoinRequest,
    OutgoingPush,
    PushEndpoint,
    Digest,
    Preferences,
    Notification,
    ChannelAccessRemoved,
    Following,
    Entitlement,
)


def _remove_piece(session: Session, erasure: Erasure) -> bool:
    user_id, delete_them = erasure.user_id, erasure.messages == "delete"
    if _leave_one(session, user_id) or _unsign_posts(session, user_id, delete_them=delete_them):
        return True
    _forget_the_rest(session, user_id)
    return False


def _leave_one(session: Session, user_id: str) -> bool:
    """Leave one of the channels that the person still follows, and what they did in it."""
    place = session.scalar(select(Subscription.channel_id).where(Subscription.user_id == user_id).limit(1))
    if place is None:
        return False
    try:
        channel = lock_unchecked(session, place)
    except UnknownChannel:  # it has ended, and is being cleared away
        session.execute(delete(Subscription).where(Subscription.channel_id == place, Subscription.user_id == user_id))
        return True
    _hand_over(session, channel, user_id)
    leave_for_good(session, channel, user_id)
    _forget_seen(session, place, user_id)
    return True


def _hand_over(session: Session, channel: Channel, user_id: str) -> None:
    """See to it that somebody else owns the channel, or end it."""
    others = (Subscription.channel_id == channel.id, Subscription.user_id != user_id)
    team = select(Subscription).where(*others, Subscription.role.in_(("owner", "admin")))
    mine = session.get(Subscription, (channel.id, user_id), populate_existing=True)
    if mine is None or mine.role != "owner":
        return
    eldest = team.order_by(Subscription.role.desc(), Subscription.since, Subscription.user_id)  # owners first
    heir = session.scalars(eldest.limit(1)).first()
    if heir is None:
        end_channel(session, channel)
        return
    if heir.role != "owner":
        heir.role = "owner"
        live.to_user(session, heir.user_id, "channel.role", {"channel_id": channel.id, "role": "owner"})
    if channel.owner_id == user_id:
        channel.owner_id = heir.user_id
        listing.tell(session, channel)


def _forget_seen(session: Session, channel_id: str, user_id: str) -> None:
    """Delete what the person saw and reacted to; by post, since both tables are led by that."""
    after = 0
    while True:
        query = select(Post.seq, Post.id).where(Post.channel_id == channel_id, Post.seq > after)
        found = session.execute(query.order_by(Post.seq).limit(1_000)).all()
        if not found:
            return
        posts = [row.id for row in found]
        for table in (PostView, PostReaction):
            mine = (table.channel_id == channel_id, table.post_id.in_(posts), table.user_id == user_id)
            session.execute(delete(table).where(*mine).execution_options(synchronize_session=False))
        after = found[-1].seq


def _unsign_posts(session: Session, user_id: str, *, delete_them: bool) -> int:
    """Take the person's name off some of their posts, and delete those where they asked for it."""
    place = session.scalar(select(Post.channel_id).where(Post.author_id == user_id).limit(1))
    if place is None:
        return 0
    try:
        channel: Channel | None = lock_unchecked(session, place)
    except UnknownChannel:
        channel = None
    here = (Post.channel_id == place, Post.author_id == user_id)
    found = session.scalars(select(Post).where(*here).order_by(Post.seq).limit(BATCH)).all()
    for post in found:
        if delete_them and channel is not None and post.deleted_at is None:
            wipe(session, channel, post)
        post.author_id, post.client_post_id = NOBODY, post.id
    return len(found)


def _forget_the_rest(session: Session, user_id: str) -> None:
    for table in _OF_A_PERSON:
        _delete(session, table, table.user_id == user_id)  # type: ignore[attr-defined]
    _delete(session, ScheduledPost, ScheduledPost.author_id == user_id)
    attached = list(session.scalars(select(Observer.id).where(Observer.created_by == user_id)))
    if attached:
        places = list(session.scalars(select(Observer.channel_id).where(Observer.created_by == user_id)))
        _delete(session, Delivery, Delivery.channel_id.in_(places), Delivery.observer_id.in_(attached))
        _delete(session, Observer, Observer.created_by == user_id)
    invited = update(Invite).where(Invite.created_by == user_id).values(created_by=NOBODY)
    session.execute(invited.execution_options(synchronize_session=False))
    idempotency.forget(session, user_id)


def _delete(session: Session, table: type[Base], *conditions: Any) -> None:
    session.execute(delete(table).where(*conditions).execution_options(synchronize_session=False))


erasures = Erasures(Erasure, "subscriptions:account_erased", _remove_piece)
