"""The comments of a post: a conversation of svc_messaging under the post's own id.

Publishing never waits for svc_messaging: the post says `comments`, and the conversation is begun by the
worker within seconds, or by the first who joins. Because both ask for the same id, it is begun once.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.subscriptions import ChannelRoleTooLow, CommentsOff, UnknownChannel
from svc_subscriptions import views
from svc_subscriptions.actions import log
from svc_subscriptions.actions.access import find_subscription, lock_unchecked, read_post
from svc_subscriptions.actions.paywall import is_closed
from svc_subscriptions.post_models import CommentMember, Post

MAX_TITLE = 80


@dataclass(frozen=True)
class Linked:
    """The conversation of a post's comments: who owns it, and what it is called."""

    channel_id: str
    conversation_id: str
    owner_id: str
    title: str
    is_there: bool


def awaiting(session: Session, limit: int) -> list[Linked]:
    """Return up to `limit` posts whose conversation is wanted and not there, the oldest first."""
    wanted = (Post.comments, Post.comments_conversation_id.is_(None), Post.deleted_at.is_(None))
    return [
        _linked(post) for post in session.scalars(select(Post).where(*wanted).order_by(Post.created_at).limit(limit))
    ]


def _linked(post: Post) -> Linked:
    title = " ".join((post.teaser if is_closed(post) else post.text).split())[:MAX_TITLE] or "…"
    return Linked(post.channel_id, post.id, post.author_id, title, post.comments_conversation_id is not None)


def note_linked(session: Session, linked: Linked) -> None:
    """Note that the conversation of a post is there, and show that to everybody.

    Nothing happens where that is known, or where post or channel are gone.
    """
    try:
        channel = lock_unchecked(session, linked.channel_id)
    except UnknownChannel:
        return
    here = (Post.channel_id == channel.id, Post.id == linked.conversation_id, Post.deleted_at.is_(None))
    post = session.scalar(select(Post).where(*here).execution_options(populate_existing=True))
    if post is None or post.comments_conversation_id is not None:
        return
    post.comments_conversation_id = linked.conversation_id
    session.flush()
    data = {"comments_conversation_id": linked.conversation_id}
    log.append(session, channel, "post.edited", data, post.id, views.one_post_view(session, post, None))


def begin_joining(session: Session, post_id: str, user_id: str) -> Linked:
    """Note that a follower joins the comments of a post, before they do: so leaving forgets nobody.

    Raises:
        UnknownPost: There is none, or the person may not read it.
        PostLocked: They have not paid for it.
        ChannelRoleTooLow: They do not follow the channel.
        CommentsOff: The post takes no comments.
    """
    post, subscription = read_post(session, post_id, user_id)
    if subscription is None:
        raise ChannelRoleTooLow("Follow the channel to comment on its posts.")
    if not post.comments:
        raise CommentsOff
    row = {"channel_id": post.channel_id, "user_id": user_id, "conversation_id": post.id}
    session.execute(insert(CommentMember).values(**row).on_conflict_do_nothing())
    return _linked(post)


def joined_by(session: Session, channel_id: str, user_id: str) -> list[str]:
    """Return the conversations that somebody joined who no longer follows the channel; none when they do."""
    if find_subscription(session, channel_id, user_id) is not None:
        return []
    mine = (CommentMember.channel_id == channel_id, CommentMember.user_id == user_id)
    return list(session.scalars(select(CommentMember.conversation_id).where(*mine)))


def forget_joined(session: Session, channel_id: str, user_id: str, conversation_id: str) -> None:
    """Forget that somebody was in the comments of a post, which they have left."""
    row = {"channel_id": channel_id, "user_id": user_id, "conversation_id": conversation_id}
    session.execute(delete(CommentMember).filter_by(**row))
