"""Emoji of followers on posts. They are no entries of the log: clients see them with the post."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.subscriptions import ChannelRoleTooLow, PostView, TooManyPostReactions, UnknownPost
from svc_subscriptions import live, views
from svc_subscriptions.actions.access import read_post
from svc_subscriptions.post_models import Post, PostReaction

#: How many different emoji a post can have.
MAX_KINDS = 20


def add_reaction(session: Session, post_id: str, user_id: str, emoji: str) -> PostView:
    """Put the person's `emoji` on a post; the same one again changes nothing.

    Raises:
        UnknownPost: There is none, or the person may not read it.
        PostLocked: They have not paid for it.
        ChannelRoleTooLow: They do not follow the channel.
        TooManyPostReactions: It has `MAX_KINDS` other ones.
    """
    post = _lock(session, post_id, user_id)
    kinds = set(session.scalars(select(PostReaction.emoji).where(*_on(post)).distinct()))
    if emoji not in kinds and len(kinds) >= MAX_KINDS:
        raise TooManyPostReactions
    row = {"channel_id": post.channel_id, "post_id": post.id, "user_id": user_id, "emoji": emoji}
    session.execute(insert(PostReaction).values(**row, created_at=datetime.now(UTC)).on_conflict_do_nothing())
    live.count_changed(session, post.channel_id, [post.id])
    return views.one_post_view(session, post, user_id)


def remove_reaction(session: Session, post_id: str, user_id: str, emoji: str) -> PostView:
    """Take the person's `emoji` off a post; where there is none nothing changes.

    Raises:
        UnknownPost: There is none, or the person may not read it.
        PostLocked: They have not paid for it.
        ChannelRoleTooLow: They do not follow the channel.
    """
    post = _lock(session, post_id, user_id)
    mine = (*_on(post), PostReaction.user_id == user_id, PostReaction.emoji == emoji)
    session.execute(delete(PostReaction).where(*mine))
    live.count_changed(session, post.channel_id, [post.id])
    return views.one_post_view(session, post, user_id)


def _lock(session: Session, post_id: str, user_id: str) -> Post:
    """Return a post under its own lock: a deletion waits, the channel does not."""
    post, subscription = read_post(session, post_id, user_id)
    if subscription is None:
        raise ChannelRoleTooLow("Follow the channel to react to its posts.")
    session.refresh(post, with_for_update={"key_share": True})
    if post.deleted_at is not None:
        raise UnknownPost
    return post


def _on(post: Post) -> tuple[ColumnElement[bool], ...]:
    return PostReaction.channel_id == post.channel_id, PostReaction.post_id == post.id
