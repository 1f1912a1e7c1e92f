"""Reading posts, and changing and deleting what was published."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from contracts.messaging import EntityView
from contracts.subscriptions import ChannelRoleTooLow, PostDeleted, PostEdited, PostEmpty, PostView
from plumbing.outbox import record_event
from svc_subscriptions import views
from svc_subscriptions.actions import log
from svc_subscriptions.actions.access import lock_post, see_channel, see_post
from svc_subscriptions.models import Channel
from svc_subscriptions.post_models import Post, PostReaction, PostViewCount
from svc_subscriptions.post_models import PostView as SeenPost


def get_post(session: Session, post_id: str, user_id: str) -> PostView:
    """Return one post; a deleted one without its text.

    Raises:
        UnknownPost: There is none, or the person may not read it.
    """
    post, _ = see_post(session, post_id, user_id, deleted=True)
    return views.one_post_view(session, post, user_id)


def list_posts(
    session: Session,
    channel_id: str,
    user_id: str,
    limit: int,
    before_seq: int | None,
    after_seq: int | None,
    *,
    pinned: bool = False,
) -> list[PostView]:
    """Return up to `limit` posts in the order of `seq`: the last ones, or those next to a number.

    Args:
        session: The transaction.
        channel_id: The channel.
        user_id: Who reads.
        limit: How many at most.
        before_seq: Only those before it.
        after_seq: Only those after it, the first ones.
        pinned: Only those that are pinned.

    Raises:
        UnknownChannel: The person may not know the channel.
    """
    see_channel(session, channel_id, user_id)
    query = select(Post).where(Post.channel_id == channel_id).limit(limit)
    if pinned:
        query = query.where(Post.pinned_at.is_not(None))
    if after_seq is not None:
        found = list(session.scalars(query.where(Post.seq > after_seq).order_by(Post.seq)))
    else:
        if before_seq is not None:
            query = query.where(Post.seq < before_seq)
        found = list(session.scalars(query.order_by(Post.seq.desc())))[::-1]
    return views.post_views(session, found, user_id)


def edit_post(
    session: Session, post_id: str, user_id: str, text: str, entities: list[EntityView], teaser: str | None = None
) -> PostView:
    """Replace the text of one's own post, and its teaser where one is given; the same again changes nothing.

    Raises:
        UnknownPost: There is none, or the person may not read it.
        ChannelRoleTooLow: They did not write it, or write no more in that channel.
        PostEmpty: Neither text nor media would be left.
    """
    channel, post, _ = lock_post(session, post_id, user_id, "author")
    if post.author_id != user_id:
        raise ChannelRoleTooLow
    if not text.strip() and not post.media_ids:
        raise PostEmpty
    teaser = post.teaser if teaser is None else teaser
    if (text, entities, teaser) != (post.text, post.entities, post.teaser):
        changed: Any = entities
        post.text, post.entities, post.teaser, post.edited_at = text, changed, teaser, datetime.now(UTC)
        seq = _note(session, channel, post, "post.edited")
        record_event(session, PostEdited(channel_id=channel.id, seq=seq, post_id=post.id))
    return views.one_post_view(session, post, user_id)


def delete_post(session: Session, post_id: str, user_id: str) -> None:
    """Delete one's own post, or anybody's as an admin; its place in the log stays.

    Raises:
        UnknownPost: There is none, or the person may not read it.
        ChannelRoleTooLow: They may not delete it.
    """
    channel, post, actor = lock_post(session, post_id, user_id, "author")
    if post.author_id != user_id and actor.role == "author":
        raise ChannelRoleTooLow
    wipe(session, channel, post)


def wipe(session: Session, channel: Channel, post: Post) -> None:
    """Delete a post of a locked channel for everybody; its place in the log stays."""
    carried_media = bool(post.media_ids)
    post.text, post.entities, post.media_ids, post.teaser = "", [], [], ""
    post.pinned_at, post.deleted_at = None, datetime.now(UTC)
    for table in (PostReaction, SeenPost, PostViewCount):
        session.execute(delete(table).where(table.channel_id == channel.id, table.post_id == post.id))
    seq = _note(session, channel, post, "post.deleted")
    event = PostDeleted(channel_id=channel.id, seq=seq, post_id=post.id, carried_media=carried_media)
    record_event(session, event)


def pin_post(session: Session, post_id: str, user_id: str, *, pinned: bool) -> PostView:
    """Pin a post to the channel, or take the pin away; the same again changes nothing.

    Raises:
        UnknownPost: There is none, or the person may not read it.
        ChannelRoleTooLow: They do not administer the channel.
    """
    channel, post, _ = lock_post(session, post_id, user_id, "admin")
    if (post.pinned_at is not None) != pinned:
        post.pinned_at = datetime.now(UTC) if pinned else None
        _note(session, channel, post, "post.pinned" if pinned else "post.unpinned")
    return views.one_post_view(session, post, user_id)


def _note(session: Session, channel: Any, post: Post, type_: str) -> int:
    """Write the change of a post to the log, and show the post as it is now to everybody."""
    session.flush()
    return log.append(session, channel, type_, {}, post.id, views.one_post_view(session, post, None))
