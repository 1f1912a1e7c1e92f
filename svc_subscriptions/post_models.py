"""The tables of posts: the log that they stand in, what followers do with them, and those that wait.

They are on the same `Base` as channels and followers (`models.py`, which says the order of locks too).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from svc_subscriptions.models import EMPTY, EMPTY_LIST, FALSE, ZERO, Base, Id, Json


class Post(Base):
    """A post; `seq` is the log entry that published it.

    Attributes:
        post_number: The channel's posts numbered without a gap; unread counts subtract such numbers.
        comments: A linked conversation is wanted; `comments_conversation_id` follows when it is there.
        paid: Only for those who paid for the channel, its team and its author; see `actions/paywall.py`.
        price: What the post costs alone, as a `PriceView`; those who bought it may read it.
        teaser: All that others are shown of its text.
        ad: Of which campaign it tells, as an `AdLink`; None for what is no advertising.
    """

    __tablename__ = "posts"
    __table_args__ = (
        UniqueConstraint("channel_id", "id", name="posts_id"),
        UniqueConstraint("channel_id", "author_id", "client_post_id", name="posts_once"),
        Index("posts_by_id", "id"),
        Index("posts_of_author", "channel_id", "author_id", "post_number"),
        Index("posts_by_author", "author_id"),
        Index("posts_deleted", "channel_id", "post_number", postgresql_where=text("deleted_at IS NOT NULL")),
        Index("posts_pinned", "channel_id", "pinned_at", postgresql_where=text("pinned_at IS NOT NULL")),
        Index(
            "posts_without_comments",
            "created_at",
            postgresql_where=text("comments AND comments_conversation_id IS NULL AND deleted_at IS NULL"),
        ),
    )

    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(Id)
    post_number: Mapped[int]
    client_post_id: Mapped[str]
    body_hash: Mapped[bytes]
    author_id: Mapped[str] = mapped_column(Id)
    text: Mapped[str] = mapped_column(server_default=EMPTY)
    entities: Mapped[list[Json]] = mapped_column(server_default=EMPTY_LIST)
    media_ids: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    silent: Mapped[bool] = mapped_column(server_default=FALSE)
    comments: Mapped[bool] = mapped_column(server_default=FALSE)
    comments_conversation_id: Mapped[str | None] = mapped_column(Id)
    paid: Mapped[bool] = mapped_column(server_default=FALSE)
    price: Mapped[Json | None]
    teaser: Mapped[str] = mapped_column(server_default=EMPTY)
    ad: Mapped[Json | None]
    pinned_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]


class Entitlement(Base):
    """What somebody may read by having paid: a copy of what svc_payments tells, which can be made anew.

    Attributes:
        subject_id: A channel or a post, as `subject_kind` says.
        until: Access ends by itself then; None for good.
        version: Of the event that told it; later ones replace it.
    """

    __tablename__ = "entitlements"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject_id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject_kind: Mapped[str]
    active: Mapped[bool]
    until: Mapped[datetime | None]
    version: Mapped[int]


class LogEntry(Base):
    """One entry of a channel's append-only log, gap-free under the lock of the channel's row.

    Write it with `actions.log.append`, never by hand. Types: post.published post.edited post.deleted
    post.pinned post.unpinned channel.updated observed.event.
    """

    __tablename__ = "channel_log"

    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str]
    post_id: Mapped[str | None] = mapped_column(Id)
    data: Mapped[Json]
    at: Mapped[datetime]


class FanoutJob(Base):
    """The walk through the followers whom a post notifies: one row a post, made when it is published.

    This is all that a post costs for its followers. The notifier claims a row (`claimed_until`, with
    FOR UPDATE SKIP LOCKED), walks `subscriptions_walked` in batches from `after_user`, and moves
    `after_user` in the transaction that writes the batch's notifications: so it may die at any time.

    Attributes:
        after_user: The last person handled; None before the first.
        state: `waiting` or `done`. A silent post makes no job for its followers.
    """

    __tablename__ = "fanout_jobs"
    __table_args__ = (
        Index("fanout_jobs_open", "claimed_until", "created_at", postgresql_where=text("state <> 'done'")),
    )

    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[str] = mapped_column(Id)
    after_user: Mapped[str | None] = mapped_column(Id)
    state: Mapped[str] = mapped_column(server_default=text("'waiting'"))
    claimed_until: Mapped[datetime | None]
    created_at: Mapped[datetime]


class PostView(Base):
    """A person has seen a post: what a view count counts, once for each person."""

    __tablename__ = "post_views"

    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    post_id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, primary_key=True)


class PostViewCount(Base):
    """One of the rows whose sum is a post's view count, so that readers do not wait for one another."""

    __tablename__ = "post_view_counts"
    __table_args__ = ({"postgresql_with": {"fillfactor": 50}},)

    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    post_id: Mapped[str] = mapped_column(Id, primary_key=True)
    shard: Mapped[int] = mapped_column(primary_key=True)
    views: Mapped[int] = mapped_column(server_default=ZERO)


class PostReaction(Base):
    """One person's emoji on a post."""

    __tablename__ = "post_reactions"

    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    post_id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    emoji: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]


class ScheduledPost(Base):
    """A post that waits for its time; it keeps its id when it is published. `body` is a checked draft."""

    __tablename__ = "scheduled_posts"
    __table_args__ = (
        UniqueConstraint("channel_id", "author_id", "client_post_id", name="scheduled_posts_once"),
        Index("scheduled_posts_by_id", "id"),
        Index("scheduled_posts_due", "publish_at"),
    )

    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    author_id: Mapped[str] = mapped_column(Id)
    client_post_id: Mapped[str]
    body: Mapped[Json]
    body_hash: Mapped[bytes]
    publish_at: Mapped[datetime]
    created_at: Mapped[datetime]


class CommentMember(Base):
    """Somebody joined the comments of a post, and leaves them when they may no longer read the channel."""

    __tablename__ = "comment_members"

    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(Id, primary_key=True)
