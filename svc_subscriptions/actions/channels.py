"""Beginning channels, finding them, setting them up and ending them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.base import new_id
from contracts.subscriptions import ChannelPictureChanged, ChannelRoleTooLow, HandleTaken, UnknownChannel
from plumbing.outbox import record_event
from svc_subscriptions import live
from svc_subscriptions.actions import listing, log, searching
from svc_subscriptions.actions.access import lock_channel, lock_unchecked
from svc_subscriptions.actions.following import add_owner
from svc_subscriptions.channel_views import Place, places
from svc_subscriptions.models import Channel, ChannelHandle, Subscription
from svc_subscriptions.post_models import ScheduledPost

#: What only an owner may change.
_OWNERS_ALONE = frozenset({"handle", "visibility"})


def create_channel(session: Session, owner_id: str, facts: dict[str, Any]) -> str:
    """Begin a channel with the checked `facts` and return its id.

    Raises:
        HandleTaken: Another channel has that handle.
        TooManyFollowed: Its owner follows as many channels as one person can.
    """
    channel = Channel(
        id=new_id(), owner_id=owner_id, created_at=datetime.now(UTC), seq=0, post_count=0, listing_version=0, **facts
    )
    session.add(channel)
    session.flush()
    _take_handle(session, channel.id, channel.handle)
    add_owner(session, channel.id, owner_id)
    if channel.picture is not None:
        _tell_picture(session, channel, owner_id, channel.picture)
    searching.index_channel(session, channel)
    listing.tell(session, channel)
    return channel.id


def _tell_picture(session: Session, channel: Channel, actor_id: str, media_id: str | None, seq: int = 0) -> None:
    event = ChannelPictureChanged(channel_id=channel.id, seq=seq, actor_id=actor_id, media_id=media_id)
    record_event(session, event)


def _take_handle(session: Session, channel_id: str, handle: str | None) -> None:
    if handle is None:
        return
    row = insert(ChannelHandle).values(handle=handle.lower(), channel_id=channel_id).on_conflict_do_nothing()
    if session.scalar(row.returning(ChannelHandle.handle)) is None:
        raise HandleTaken


def get_place(session: Session, channel_id: str, user_id: str) -> Place:
    """Return a channel as the person sees it.

    Raises:
        UnknownChannel: They may not know it, or there is none.
    """
    place = get_place_unchecked(session, channel_id, user_id)
    channel, subscription, _, _ = place
    if channel.visibility != "public" and subscription is None:
        raise UnknownChannel
    return place


def get_place_unchecked(session: Session, channel_id: str, user_id: str) -> Place:
    """Return a channel as the person would see it if they could: for the platform's admins.

    Raises:
        UnknownChannel: There is none.
    """
    found = session.execute(places(user_id).where(Channel.id == channel_id)).first()
    if found is None:
        raise UnknownChannel
    channel, subscription, followers, unread = found
    return channel, subscription, followers, unread


def get_place_by_handle(session: Session, handle: str, user_id: str) -> Place:
    """Return the channel of a handle, in whatever case it is written.

    Raises:
        UnknownChannel: There is none, or they may not know it.
    """
    found = session.get(ChannelHandle, handle.lower())
    if found is None:
        raise UnknownChannel
    return get_place(session, found.channel_id, user_id)


def list_places(session: Session, user_id: str, limit: int, after: str | None) -> Sequence[Any]:
    """Return up to `limit` channels that the person follows, by their ids, after the id `after`."""
    query = places(user_id).where(Subscription.user_id == user_id).order_by(Subscription.channel_id).limit(limit)
    return session.execute(query if after is None else query.where(Subscription.channel_id > after)).all()


def update_channel(session: Session, channel_id: str, user_id: str, changes: dict[str, Any]) -> None:
    """Change a channel; only its owners change handle and visibility.

    Raises:
        UnknownChannel: The person may not know the channel.
        ChannelRoleTooLow: Their role does not allow that.
        HandleTaken: Another channel has that handle.
    """
    channel, actor = lock_channel(session, channel_id, user_id, "admin")
    changed = {name: value for name, value in changes.items() if getattr(channel, name) != value}
    if _OWNERS_ALONE & changed.keys() and actor.role != "owner":
        raise ChannelRoleTooLow
    if changed:
        _apply(session, channel, user_id, changed)


def _apply(session: Session, channel: Channel, actor_id: str, changed: dict[str, Any]) -> None:
    if "handle" in changed and (changed["handle"] or "").lower() != (channel.handle or "").lower():
        session.execute(delete(ChannelHandle).where(ChannelHandle.channel_id == channel.id))
        _take_handle(session, channel.id, changed["handle"])
    if channel.visibility == "public" and "visibility" in changed:
        listing.tell_unlisted(session, channel)  # before the rest: what else changes is nobody's business
    for name, value in changed.items():
        setattr(channel, name, value)
    if listing.TOLD & changed.keys():
        listing.tell(session, channel)
    seq = log.append(session, channel, "channel.updated", changed)
    if "picture" in changed:
        _tell_picture(session, channel, actor_id, changed["picture"], seq)
    searching.index_channel(session, channel)


def set_verified(session: Session, channel_id: str, *, verified: bool) -> None:
    """Give a channel the platform's mark, or take it; the platform's admins alone come here.

    Raises:
        UnknownChannel: There is none.
    """
    channel = lock_unchecked(session, channel_id)
    if channel.verified != verified:
        channel.verified = verified
        log.append(session, channel, "channel.updated", {"verified": verified})


def delete_channel(session: Session, channel_id: str, user_id: str) -> None:
    """End a channel for everybody, at once; its rows are cleared in batches afterwards.

    Raises:
        UnknownChannel: The person may not know the channel.
        ChannelRoleTooLow: They do not own it.
    """
    channel, _ = lock_channel(session, channel_id, user_id, "owner", for_deletion=True)
    end_channel(session, channel)


def end_channel(session: Session, channel: Channel) -> None:
    """End a channel whose lock is held."""
    channel.deleted_at = datetime.now(UTC)
    listing.tell(session, channel)
    session.execute(delete(ChannelHandle).where(ChannelHandle.channel_id == channel.id))
    session.execute(delete(ScheduledPost).where(ScheduledPost.channel_id == channel.id))
    searching.forget_channel(session, channel.id)
    if channel.picture is not None:
        _tell_picture(session, channel, channel.owner_id, None, channel.seq + 1)
    live.to_followers(session, channel.id, channel.seq, "channel.deleted", {"channel_id": channel.id})


def get_deleted(session: Session, limit: int) -> list[str]:
    """Return up to `limit` channels that ended and whose rows are not cleared yet."""
    query = select(Channel.id).where(Channel.deleted_at.is_not(None)).order_by(Channel.deleted_at)
    return list(session.scalars(query.limit(limit)))
