"""Who may see what: every look-up of a channel or post goes through here.

The answer about a private channel to people who do not follow it is the same as about one that does
not exist. Whoever writes to the log or changes roles takes the channel's lock first; the order of
all locks is in `models.py`.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from contracts.subscriptions import ChannelRole, ChannelRoleTooLow, PostLocked, UnknownChannel, UnknownPost
from svc_subscriptions.actions.paywall import locked_ids
from svc_subscriptions.models import Channel, Subscription
from svc_subscriptions.post_models import Post

RANKS: dict[str, int] = {"follower": 0, "author": 1, "admin": 2, "owner": 3}


def find_subscription(session: Session, channel_id: str, user_id: str, *, lock: bool = False) -> Subscription | None:
    """Return how the person follows the channel, as it is now."""
    return session.get(Subscription, (channel_id, user_id), populate_existing=True, with_for_update=lock or None)


def see_channel(session: Session, channel_id: str, user_id: str) -> tuple[Channel, Subscription | None]:
    """Return a channel that the person may know, and how they follow it.

    Raises:
        UnknownChannel: They may not, or there is none.
    """
    query = (
        select(Channel, Subscription)
        .outerjoin(Subscription, is_place_of(user_id))
        .where(Channel.id == channel_id, is_visible())
        .execution_options(populate_existing=True)
    )
    found = session.execute(query).first()
    if found is None:
        raise UnknownChannel
    channel, subscription = found
    return channel, subscription


def is_visible() -> ColumnElement[bool]:
    """Return the condition that the `Channel` in the query is there, and public or joined to a `Subscription`."""
    return and_(Channel.deleted_at.is_(None), or_(Channel.visibility == "public", Subscription.user_id.is_not(None)))


def is_place_of(user_id: str) -> ColumnElement[bool]:
    """Return the condition that the `Subscription` in the query is the person's, in its `Channel`."""
    return and_(Subscription.channel_id == Channel.id, Subscription.user_id == user_id)


def require_role(session: Session, channel_id: str, user_id: str, least: ChannelRole) -> Subscription:
    """Return the person's place in a channel's team, without a lock.

    Raises:
        UnknownChannel: They may not know the channel.
        ChannelRoleTooLow: Their role is lower than `least`.
    """
    _, subscription = see_channel(session, channel_id, user_id)
    if subscription is None or RANKS[subscription.role] < RANKS[least]:
        raise ChannelRoleTooLow
    return subscription


def lock_channel(
    session: Session, channel_id: str, user_id: str, least: ChannelRole, *, for_deletion: bool = False
) -> tuple[Channel, Subscription]:
    """Lock a channel until the transaction ends; return it and the place of the person in its team.

    Somebody without the role waits for no lock and makes nobody wait.

    Raises:
        UnknownChannel: They may not know the channel.
        ChannelRoleTooLow: Their role is lower than `least`.
    """
    roles = [role for role, rank in RANKS.items() if rank >= RANKS[least]]
    has_role = select(Subscription.user_id).where(is_place_of(user_id), Subscription.role.in_(roles)).exists()
    query = select(Channel).where(Channel.id == channel_id, Channel.deleted_at.is_(None), has_role)
    locked = query.with_for_update(key_share=not for_deletion).execution_options(populate_existing=True)
    channel = session.scalar(locked)
    if channel is not None:
        # The role may have been another one while this waited for the lock.
        subscription = find_subscription(session, channel_id, user_id)
        if subscription is not None and subscription.role in roles:
            return channel, subscription
    require_role(session, channel_id, user_id, "follower")
    raise ChannelRoleTooLow


def lock_unchecked(session: Session, channel_id: str) -> Channel:
    """Lock and return a channel for the service's own work, on behalf of nobody.

    Raises:
        UnknownChannel: There is none.
    """
    query = select(Channel).where(Channel.id == channel_id, Channel.deleted_at.is_(None))
    found = session.scalar(query.with_for_update(key_share=True).execution_options(populate_existing=True))
    if found is None:
        raise UnknownChannel
    return found


def see_post(
    session: Session, post_id: str, user_id: str, *, deleted: bool = False
) -> tuple[Post, Subscription | None]:
    """Return a post that the person may know, and how they follow its channel; it may be locked to them.

    Args:
        session: The transaction.
        post_id: The post.
        user_id: The person.
        deleted: Return it even when it was deleted.

    Raises:
        UnknownPost: There is none, or they may not read it.
    """
    query = (
        select(Post, Subscription)
        .join(Channel, Channel.id == Post.channel_id)
        .outerjoin(Subscription, is_place_of(user_id))
        .where(Post.id == post_id, is_visible())
        .execution_options(populate_existing=True)
    )
    found = session.execute(query).first()
    if found is None or (found[0].deleted_at is not None and not deleted):
        raise UnknownPost
    post, subscription = found
    return post, subscription


def read_post(session: Session, post_id: str, user_id: str) -> tuple[Post, Subscription | None]:
    """Return a post that the person may know and has paid for, where it costs something, and how they follow.

    Raises:
        UnknownPost: There is none, it was deleted, or they may not know it.
        PostLocked: They have not paid.
    """
    post, subscription = see_post(session, post_id, user_id)
    if locked_ids(session, [post], user_id):
        raise PostLocked
    return post, subscription


def lock_post(session: Session, post_id: str, user_id: str, least: ChannelRole) -> tuple[Channel, Post, Subscription]:
    """Lock the channel of a post; return both and the place of the person in the channel's team.

    Raises:
        UnknownPost: There is none, it was deleted, or they may not read it.
        ChannelRoleTooLow: Their role is lower than `least`.
    """
    post, _ = see_post(session, post_id, user_id)
    channel, subscription = lock_channel(session, post.channel_id, user_id, least)
    session.refresh(post)
    if post.deleted_at is not None:
        raise UnknownPost
    return channel, post, subscription
