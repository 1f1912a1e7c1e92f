"""Following a channel and leaving it. A follower takes no lock that a publisher holds (see `models.py`)."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import delete, insert, literal, select
from sqlalchemy.orm import Session

from contracts.subscriptions import (
    ChannelLastOwner,
    ChannelSubscribed,
    ChannelUnsubscribed,
    Level,
    UnknownChannel,
)
from plumbing.outbox import record_event
from svc_subscriptions import live
from svc_subscriptions.actions import listing
from svc_subscriptions.actions.access import find_subscription, lock_unchecked, see_channel
from svc_subscriptions.actions.counting import count_followed, count_follower, has_push, lock_person
from svc_subscriptions.models import Channel, ChannelAccessRemoved, JoinRequest, Subscription


def subscribe(
    session: Session, channel_id: str, user_id: str, level: Level, muted_until: datetime | None
) -> Subscription:
    """Follow a public channel, or change how one follows a channel.

    Raises:
        UnknownChannel: There is none, or it is private and they do not follow it.
        TooManyFollowed: They follow as many as one person can.
    """
    see_channel(session, channel_id, user_id)
    person = lock_person(session, user_id)
    subscription = find_subscription(session, channel_id, user_id)
    if subscription is None:
        count_followed(person)
        return _add(session, channel_id, user_id, level=level, muted_until=muted_until, public_only=True)
    if (subscription.level, subscription.muted_until) != (level, muted_until):
        subscription.level, subscription.muted_until = level, muted_until
        facts = {"channel_id": channel_id, "level": level}
        live.to_user(session, user_id, "channel.level", facts)
    return subscription


def admit(session: Session, channel_id: str, user_id: str) -> Subscription:
    """Let somebody in who was invited; who follows already stays as they are.

    Raises:
        UnknownChannel: It is gone.
        TooManyFollowed: They follow as many as one person can.
    """
    person = lock_person(session, user_id)
    subscription = find_subscription(session, channel_id, user_id)
    if subscription is not None:
        return subscription
    count_followed(person)
    return _add(session, channel_id, user_id, level="all")


def add_owner(session: Session, channel_id: str, user_id: str) -> Subscription:
    """Make the one who begins a channel its first follower and owner.

    Raises:
        TooManyFollowed: They follow as many as one person can.
    """
    count_followed(lock_person(session, user_id))
    return _add(session, channel_id, user_id, level="all", role="owner")


def _add(
    session: Session,
    channel_id: str,
    user_id: str,
    *,
    level: Level,
    role: str = "follower",
    muted_until: datetime | None = None,
    public_only: bool = False,
) -> Subscription:
    """Insert the place of a person whose `followings` row is locked; the log's numbers are read by the insert."""
    allowed = [Channel.id == channel_id, Channel.deleted_at.is_(None)]
    if public_only:
        allowed.append(Channel.visibility == "public")
    row = {
        "channel_id": Channel.id,
        "user_id": literal(user_id, Subscription.user_id.type),
        "level": literal(level),
        "role": literal(role),
        "since": literal(datetime.now(UTC), Subscription.since.type),
        "since_seq": Channel.seq,
        "read_seq": Channel.seq,
        "read_posts": Channel.post_count,
        "push": has_push(user_id),
        "muted_until": literal(muted_until, Subscription.since.type),
    }
    statement = insert(Subscription).from_select(list(row), select(*row.values()).where(*allowed))
    subscription = session.scalar(statement.returning(Subscription))
    if subscription is None:
        raise UnknownChannel
    session.execute(delete(JoinRequest).filter_by(channel_id=channel_id, user_id=user_id))
    count_follower(session, channel_id, user_id, 1)
    record_event(session, ChannelSubscribed(channel_id=channel_id, user_id=user_id, level=level))
    live.to_user(session, user_id, "channel.joined", {"channel_id": channel_id})
    return subscription


def unsubscribe(session: Session, channel_id: str, user_id: str) -> None:
    """Stop following a channel; who does not follow it stays as they are.

    Raises:
        ChannelLastOwner: The channel would have no owner.
    """
    subscription = find_subscription(session, channel_id, user_id)
    if subscription is None:
        return
    if subscription.role == "follower" and _remove_follower(session, channel_id, user_id):
        return
    # One of the team, or promoted meanwhile: roles change under the channel's lock.
    channel = lock_unchecked(session, channel_id)
    remove_locked(session, channel, user_id)


def leave_for_good(session: Session, channel: Channel, user_id: str) -> None:
    """Remove somebody whose account is gone from a channel whose lock is held; a channel may be left ownerless."""
    lock_person(session, user_id)
    subscription = find_subscription(session, channel.id, user_id, lock=True)
    if subscription is not None:
        _remove(session, subscription)


def _remove_follower(session: Session, channel_id: str, user_id: str) -> bool:
    """Remove somebody who has no role in the team; tell whether that was so."""
    lock_person(session, user_id)
    subscription = find_subscription(session, channel_id, user_id, lock=True)
    if subscription is not None and subscription.role != "follower":
        return False
    if subscription is not None:
        _remove(session, subscription)
    return True


def remove_locked(session: Session, channel: Channel, user_id: str) -> None:
    """Remove anybody from a channel whose lock is held.

    Raises:
        ChannelLastOwner: The channel would have no owner.
    """
    subscription = find_subscription(session, channel.id, user_id)
    if subscription is None:
        return
    keep_an_owner(session, channel, subscription)
    lock_person(session, user_id)
    subscription = find_subscription(session, channel.id, user_id, lock=True)
    if subscription is not None:
        _remove(session, subscription)


def keep_an_owner(session: Session, channel: Channel, leaving: Subscription) -> None:
    """Demand another owner where `leaving` is one, and make the eldest of them the channel's main owner.

    Raises:
        ChannelLastOwner: There is no other.
    """
    if leaving.role != "owner":
        return
    others = select(Subscription.user_id).where(
        Subscription.channel_id == channel.id, Subscription.role == "owner", Subscription.user_id != leaving.user_id
    )
    heir = session.scalar(others.order_by(Subscription.since, Subscription.user_id).limit(1))
    if heir is None:
        raise ChannelLastOwner
    if channel.owner_id == leaving.user_id:
        channel.owner_id = heir
        listing.tell(session, channel)


def _remove(session: Session, subscription: Subscription) -> None:
    """Remove a place that is locked, as is the person's `followings` row."""
    channel_id, user_id = subscription.channel_id, subscription.user_id
    # First of all frames, so that the gateway stops their sockets before it shows what follows.
    live.to_user(session, user_id, "channel.left", {"channel_id": channel_id})
    session.delete(subscription)
    lock_person(session, user_id).followed -= 1
    session.flush()
    session.add(ChannelAccessRemoved(user_id=user_id, channel_id=channel_id, removed_at=datetime.now(UTC)))
    count_follower(session, channel_id, user_id, -1)
    record_event(session, ChannelUnsubscribed(channel_id=channel_id, user_id=user_id))
