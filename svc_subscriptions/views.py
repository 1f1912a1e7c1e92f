"""Posts as their readers see them; what belongs to a page is loaded in one query each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contracts.clock import rfc3339
from contracts.messaging import EntityView, ReactionCount
from contracts.subscriptions import AdLink, PostView, PriceView, ScheduledPostView
from svc_subscriptions.actions.paywall import locked_ids
from svc_subscriptions.post_models import Post, PostReaction, PostViewCount, ScheduledPost


def optional_time(moment: datetime | None) -> str | None:
    """Return `moment` for the wire, or None."""
    return None if moment is None else rfc3339(moment)


def load_post_views(
    session: Session, channel_id: str, post_ids: Collection[str], user_id: str | None
) -> dict[str, PostView]:
    """Return posts of a channel by their ids, as `user_id` sees them, or neutrally for None."""
    if not post_ids:
        return {}
    rows = session.scalars(select(Post).where(Post.channel_id == channel_id, Post.id.in_(set(post_ids))))
    return {view["id"]: view for view in post_views(session, list(rows), user_id)}


def post_views(session: Session, posts: Sequence[Post], user_id: str | None) -> list[PostView]:
    """Return posts of one channel in their order; those that `user_id` may not read are locked."""
    shown = [post.id for post in posts if post.deleted_at is None]
    if not shown:
        return [tombstone(post) for post in posts]
    channel_id = posts[0].channel_id
    views = _load_views(session, channel_id, shown)
    reactions = _load_reactions(session, channel_id, shown, user_id)
    locked = locked_ids(session, posts, user_id)
    return [
        tombstone(post)
        if post.deleted_at is not None
        else post_view(post, views.get(post.id, 0), reactions.get(post.id, []), locked=post.id in locked)
        for post in posts
    ]


def one_post_view(session: Session, post: Post, user_id: str | None) -> PostView:
    """Return one post."""
    return post_views(session, [post], user_id)[0]


def post_view(post: Post, views: int, reactions: list[ReactionCount], *, locked: bool) -> PostView:
    """Return a post with what was counted for it; of a locked one no more than its teaser."""
    view: PostView = {
        "id": post.id,
        "channel_id": post.channel_id,
        "seq": post.seq,
        "author_id": post.author_id,
        "text": post.text,
        "entities": cast(list[EntityView], post.entities),
        "media_ids": post.media_ids,
        "silent": post.silent,
        "pinned": post.pinned_at is not None,
        "views": views,
        "reactions": reactions,
        "comments": post.comments,
        "comments_conversation_id": post.comments_conversation_id,
        "paid": post.paid,
        "price": cast(PriceView | None, post.price),
        "teaser": post.teaser,
        "locked": locked,
        "ad": cast(AdLink | None, post.ad),
        "created_at": rfc3339(post.created_at),
        "edited_at": optional_time(post.edited_at),
        "deleted": False,
    }
    if not locked:
        return view
    return {**view, "text": post.teaser, "entities": [], "media_ids": [], "comments_conversation_id": None}


def tombstone(post: Post) -> PostView:
    """Return what is left of a deleted post."""
    return {
        **post_view(post, 0, [], locked=False),
        "text": "",
        "teaser": "",
        "entities": [],
        "media_ids": [],
        "pinned": False,
        "comments": False,
        "comments_conversation_id": None,
        "ad": None,
        "deleted": True,
    }


def post_counts(session: Session, channel_id: str, post_ids: Collection[str]) -> list[dict[str, Any]]:
    """Return what was counted for those of a channel's posts that are there: {id, views, reactions}."""
    there = select(Post.id).where(Post.channel_id == channel_id, Post.id.in_(post_ids), Post.deleted_at.is_(None))
    shown = list(session.scalars(there.order_by(Post.seq)))
    if not shown:
        return []
    views, reactions = _load_views(session, channel_id, shown), _load_reactions(session, channel_id, shown, None)
    return [
        {
            "id": each,
            "views": views.get(each, 0),
            "reactions": [{"emoji": of["emoji"], "count": of["count"]} for of in reactions.get(each, [])],
        }
        for each in shown
    ]


def _load_views(session: Session, channel_id: str, post_ids: Iterable[str]) -> dict[str, int]:
    query = (
        select(PostViewCount.post_id, func.sum(PostViewCount.views))
        .where(PostViewCount.channel_id == channel_id, PostViewCount.post_id.in_(post_ids))
        .group_by(PostViewCount.post_id)
    )
    return {post_id: int(views) for post_id, views in session.execute(query)}


def _load_reactions(
    session: Session, channel_id: str, post_ids: Iterable[str], user_id: str | None
) -> dict[str, list[ReactionCount]]:
    """Return reactions by post, in the order of their first use."""
    mine: Any = func.bool_or(PostReaction.user_id == user_id) if user_id else func.bool_and(False)
    query = (
        select(PostReaction.post_id, PostReaction.emoji, func.count(), mine)
        .where(PostReaction.channel_id == channel_id, PostReaction.post_id.in_(post_ids))
        .group_by(PostReaction.post_id, PostReaction.emoji)
        .order_by(PostReaction.post_id, func.min(PostReaction.created_at), PostReaction.emoji)
    )
    found: dict[str, list[ReactionCount]] = {}
    for post_id, emoji, count, is_mine in session.execute(query):
        found.setdefault(post_id, []).append({"emoji": emoji, "count": count, "mine": bool(is_mine)})
    return found


def scheduled_view(row: ScheduledPost) -> ScheduledPostView:
    """Return a waiting post as the channel's team sees it."""
    return {
        "id": row.id,
        "channel_id": row.channel_id,
        "text": row.body["text"],
        "publish_at": rfc3339(row.publish_at),
        "created_at": rfc3339(row.created_at),
    }
