"""Posts that wait for their time: seen, called off, and published exactly once when it comes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from contracts.base import ServiceError
from contracts.subscriptions import PostView, UnknownScheduledPost
from plumbing.logs import get_logger
from svc_subscriptions import live
from svc_subscriptions.actions.access import lock_channel, require_role
from svc_subscriptions.actions.publishing import store
from svc_subscriptions.composing import from_body
from svc_subscriptions.post_models import ScheduledPost

log = get_logger(__name__)

MAX_LISTED = 500
UNREADABLE_FOR = timedelta(minutes=5)
SlotKey = tuple[str, str]


def list_scheduled(session: Session, channel_id: str, user_id: str) -> list[ScheduledPost]:
    """Return what waits in a channel, the next first: an author's own, and everybody's for its admins.

    Raises:
        UnknownChannel: The person may not know the channel.
        ChannelRoleTooLow: They do not write in it.
    """
    actor = require_role(session, channel_id, user_id, "author")
    query = select(ScheduledPost).where(ScheduledPost.channel_id == channel_id)
    if actor.role == "author":
        query = query.where(ScheduledPost.author_id == user_id)
    return list(session.scalars(query.order_by(ScheduledPost.publish_at, ScheduledPost.id).limit(MAX_LISTED)))


def cancel_scheduled(session: Session, user_id: str, post_id: str) -> None:
    """Call off a waiting post: one's own, or anybody's as an admin of the channel.

    Raises:
        UnknownScheduledPost: None waits, or the person may not see it.
    """
    row = session.scalar(select(ScheduledPost).where(ScheduledPost.id == post_id).with_for_update())
    if row is None:
        raise UnknownScheduledPost
    try:
        require_role(session, row.channel_id, user_id, "author" if row.author_id == user_id else "admin")
    except ServiceError:
        raise UnknownScheduledPost from None
    session.delete(row)


def due_posts(session: Session, limit: int) -> list[SlotKey]:
    """Return up to `limit` waiting posts, as (channel, id), whose time has come."""
    query = select(ScheduledPost.channel_id, ScheduledPost.id).where(_is_due())
    rows = session.execute(query.order_by(ScheduledPost.publish_at).limit(limit))
    return [(channel_id, post_id) for channel_id, post_id in rows]


def publish_due(session: Session, key: SlotKey) -> PostView | None:
    """Publish a waiting post in place of its waiting, in one transaction: so it is published once.

    Its author has to write in the channel at this moment; otherwise the post is dropped, and they are
    told. One that this version of the code cannot read is put off: a newer process wrote it.

    Returns:
        The post; None where it was published or called off meanwhile, dropped or put off.
    """
    channel_id, post_id = key
    author_id = session.scalar(select(ScheduledPost.author_id).filter_by(channel_id=channel_id, id=post_id))
    if author_id is None:
        return None
    try:
        channel, _ = lock_channel(session, channel_id, author_id, "author")
    except ServiceError as error:
        _drop(session, key, error)
        return None
    row = session.scalar(select(ScheduledPost).filter_by(channel_id=channel_id, id=post_id).with_for_update())
    if row is None or row.publish_at > datetime.now(UTC):
        return None
    try:
        draft = from_body(row.client_post_id, row.body, row.body_hash)
    except msgspec.ValidationError:
        log.exception("scheduled_post_unreadable", post_id=post_id)
        row.publish_at = datetime.now(UTC) + UNREADABLE_FOR
        return None
    session.delete(row)
    session.flush()
    view = store(session, channel, author_id, draft, post_id)
    _tell(session, author_id, key, state="published")
    return view


def _drop(session: Session, key: SlotKey, error: ServiceError) -> None:
    gone = delete(ScheduledPost).where(ScheduledPost.channel_id == key[0], ScheduledPost.id == key[1])
    author_id = session.scalar(gone.returning(ScheduledPost.author_id))
    if author_id is not None:
        _tell(session, author_id, key, state="failed", code=error.code)


def _is_due() -> ColumnElement[bool]:
    return ScheduledPost.publish_at <= datetime.now(UTC)


def _tell(session: Session, user_id: str, key: SlotKey, **facts: str) -> None:
    data = {"channel_id": key[0], "post_id": key[1], **facts}
    live.to_user(session, user_id, "scheduled_post.changed", data)
