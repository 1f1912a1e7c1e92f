"""The people of a channel: who follows it, and the roles owner > admin > author > follower."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.subscriptions import ChannelRole, ChannelRoleTooLow, UnknownFollower
from svc_subscriptions import live
from svc_subscriptions.actions.access import RANKS, find_subscription, lock_channel, require_role
from svc_subscriptions.actions.following import keep_an_owner, remove_locked
from svc_subscriptions.models import Subscription


def list_followers(
    session: Session, channel_id: str, user_id: str, role: ChannelRole | None, limit: int, after: str | None
) -> list[Subscription]:
    """Return up to `limit` followers by their ids, after the id `after`, for the channel's team.

    Raises:
        UnknownChannel: The person may not know the channel.
        ChannelRoleTooLow: They are not of its team.
    """
    require_role(session, channel_id, user_id, "author")
    query = select(Subscription).where(Subscription.channel_id == channel_id)
    if role is not None:
        query = query.where(Subscription.role == role)
    if after is not None:
        query = query.where(Subscription.user_id > after)
    return list(session.scalars(query.order_by(Subscription.user_id).limit(limit)))


def set_role(session: Session, channel_id: str, user_id: str, person: str, role: ChannelRole) -> Subscription:
    """Give a follower another role.

    Owners give any role; admins make followers authors and authors followers.

    Raises:
        UnknownChannel: The person may not know the channel.
        ChannelRoleTooLow: Their role is not above both the old and the new one.
        UnknownFollower: The other one does not follow the channel.
        ChannelLastOwner: It would have no owner.
    """
    channel, actor = lock_channel(session, channel_id, user_id, "admin")
    target = find_subscription(session, channel_id, person, lock=True)
    if target is None:
        raise UnknownFollower
    if actor.role != "owner" and RANKS[actor.role] <= max(RANKS[target.role], RANKS[role]):
        raise ChannelRoleTooLow
    if target.role == role:
        return target
    keep_an_owner(session, channel, target)
    target.role = role
    live.to_user(session, person, "channel.role", {"channel_id": channel_id, "role": role})
    return target


def remove_follower(session: Session, channel_id: str, user_id: str, person: str) -> None:
    """Remove somebody of a lower role from a channel.

    Raises:
        UnknownChannel: The person may not know the channel.
        ChannelRoleTooLow: Their role is not above the other's.
        UnknownFollower: The other one does not follow the channel.
    """
    channel, actor = lock_channel(session, channel_id, user_id, "admin")
    target = find_subscription(session, channel_id, person)
    if target is None:
        raise UnknownFollower
    if RANKS[actor.role] <= RANKS[target.role]:
        raise ChannelRoleTooLow
    remove_locked(session, channel, person)
