"""The tables of svc_subscriptions that channels, their followers, invitations and counters live in.

`channel_id` (or `user_id`, for what belongs to a person alone) leads every primary and unique key, so
that a distributed PostgreSQL can shard by it. There are no serials and no foreign keys.

Locks are taken in this order, and only a writer of the log, of roles or of the channel itself takes
the first: `channels` row -> `followings` row of the person -> `subscriptions` row -> counters. A
follower takes no lock that a publisher holds: counts of people are kept in shards, never in `channels`.

Posts and the log are in `post_models.py`, observers and notifications in `notification_models.py`, on the
same `Base`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, Uuid, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from plumbing.tables import COLUMN_TYPES, add_plumbing_tables, idempotent_calls_table

Json = dict[str, Any]
ZERO = text("0")
FALSE = text("false")
EMPTY = text("''")
EMPTY_LIST = text("'[]'")

#: Among how many rows a channel's counts of people are spread; a person's row is `actions.counting.shard_of`.
SHARDS = 16


class Base(DeclarativeBase):
    """Base of svc_subscriptions's tables. Ids are UUIDv7 strings; times are aware and in UTC."""

    type_annotation_map = COLUMN_TYPES


Id = Uuid(as_uuid=False)


class Channel(Base):
    """A channel, with the two gap-free counters that move under this row's lock.

    Attributes:
        seq: Number of the log's last entry.
        post_count: Number of posts ever published, deleted ones too: the last `Post.post_number`.
        deleted_at: Gone for everybody from then on; its rows are cleared in batches afterwards.
        paid: It sells access to its paid posts, as of the event `plans_changed` of version `plans_version`.
        listing_version: How often it was told what everybody may know of the channel (`public_channel_changed`).
    """

    __tablename__ = "channels"
    __table_args__ = (
        Index("channels_deleted", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL")),
        {"postgresql_with": {"fillfactor": 50}},
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    handle: Mapped[str | None]
    title: Mapped[str]
    description: Mapped[str] = mapped_column(server_default=EMPTY)
    topics: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    language: Mapped[str]
    visibility: Mapped[str]
    verified: Mapped[bool] = mapped_column(server_default=FALSE)
    picture: Mapped[str | None] = mapped_column(Id)
    owner_id: Mapped[str] = mapped_column(Id)
    created_at: Mapped[datetime]
    seq: Mapped[int] = mapped_column(server_default=ZERO)
    post_count: Mapped[int] = mapped_column(server_default=ZERO)
    paid: Mapped[bool] = mapped_column(server_default=FALSE)
    plans_version: Mapped[int] = mapped_column(server_default=ZERO)
    listing_version: Mapped[int] = mapped_column(server_default=ZERO)
    deleted_at: Mapped[datetime | None]


class ChannelHandle(Base):
    """The one channel of a handle, which is in lower case here and as its owner wrote it in `channels`."""

    __tablename__ = "channel_handles"

    handle: Mapped[str] = mapped_column(primary_key=True)
    channel_id: Mapped[str] = mapped_column(Id)


class ChannelSearch(Base):
    """The searchable words of a public channel; a private or deleted one has no row.

    Attributes:
        followers: The follower count of some minutes ago, to order by.
    """

    __tablename__ = "channel_search"
    __table_args__ = (
        Index("channel_search_words", "tsv", postgresql_using="gin"),
        Index("channel_search_popular", "followers", "channel_id"),
        Index("channel_search_handles", "handle", postgresql_ops={"handle": "text_pattern_ops"}),
    )

    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    handle: Mapped[str | None]
    language: Mapped[str]
    topics: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    followers: Mapped[int] = mapped_column(server_default=ZERO)
    tsv: Mapped[str] = mapped_column(TSVECTOR)


class FollowerCount(Base):
    """One of the rows whose sum is a channel's follower count."""

    __tablename__ = "follower_counts"
    __table_args__ = ({"postgresql_with": {"fillfactor": 50}},)

    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    shard: Mapped[int] = mapped_column(primary_key=True)
    followers: Mapped[int] = mapped_column(server_default=ZERO)


class Following(Base):
    """How many channels a person follows.

    Whoever changes what a person follows, or the push endpoints that `Subscription.push` mirrors,
    locks this row first (`actions.counting.lock_person`): so `MAX_FOLLOWED` and `push` are exact.
    """

    __tablename__ = "followings"
    __table_args__ = ({"postgresql_with": {"fillfactor": 50}},)

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    followed: Mapped[int] = mapped_column(server_default=ZERO)


class Subscription(Base):
    """A person follows a channel; roles are owner > admin > author > follower.

    Attributes:
        level: `all`, `mentions` or `silent`.
        since_seq: Last entry of the log when they began; nothing up to here is unread or notified.
        read_seq: Last entry of the log that they have read.
        read_posts: `Post.post_number` of the last post at or before `read_seq`.
        read_day: The last day on which they read something; a day's reach counts a person once.
        push: The person has an enabled push endpoint: a new post's fan-out walks those with `push`
            and level `all` alone (index `subscriptions_walked`). People who are mentioned are looked
            up by the primary key. Kept by whoever changes endpoints, under the lock of `followings`.
        muted_until: No notification before then.
    """

    __tablename__ = "subscriptions"
    __table_args__ = (
        Index("subscriptions_of_user", "user_id", "channel_id"),
        Index(
            "subscriptions_walked",
            "channel_id",
            "user_id",
            postgresql_where=text("push AND level = 'all'"),
        ),
        Index("subscriptions_team", "channel_id", "role", "user_id", postgresql_where=text("role <> 'follower'")),
        {"postgresql_with": {"fillfactor": 70}},
    )

    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    level: Mapped[str] = mapped_column(server_default=text("'all'"))
    role: Mapped[str] = mapped_column(server_default=text("'follower'"))
    since: Mapped[datetime]
    since_seq: Mapped[int] = mapped_column(server_default=ZERO)
    read_seq: Mapped[int] = mapped_column(server_default=ZERO)
    read_posts: Mapped[int] = mapped_column(server_default=ZERO)
    read_day: Mapped[date | None]
    push: Mapped[bool] = mapped_column(server_default=FALSE)
    muted_until: Mapped[datetime | None]


class ChannelAccessRemoved(Base):
    """Somebody's following of a channel ended; the gateway polls this to close open sockets."""

    __tablename__ = "channel_access_removed"
    __table_args__ = (Index("channel_access_removed_by_time", "removed_at"),)

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    removed_at: Mapped[datetime] = mapped_column(primary_key=True)


class Invite(Base):
    """An invitation to a channel; its code is known to those who were given it alone."""

    __tablename__ = "invites"

    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    code_hash: Mapped[bytes]
    expires_at: Mapped[datetime | None]
    max_uses: Mapped[int | None]
    uses: Mapped[int] = mapped_column(server_default=ZERO)
    needs_approval: Mapped[bool] = mapped_column(server_default=FALSE)
    created_by: Mapped[str] = mapped_column(Id)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class InviteCode(Base):
    """Where the invitation with the SHA-256 `code_hash` is."""

    __tablename__ = "invite_codes"

    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    channel_id: Mapped[str] = mapped_column(Id)
    invite_id: Mapped[str] = mapped_column(Id)


class JoinRequest(Base):
    """Somebody waits to be let into a channel."""

    __tablename__ = "join_requests"

    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    invite_id: Mapped[str] = mapped_column(Id)
    requested_at: Mapped[datetime]


class ChannelDay(Base):
    """One of the rows whose sum is what happened in a channel on a day (UTC)."""

    __tablename__ = "channel_days"
    __table_args__ = ({"postgresql_with": {"fillfactor": 50}},)

    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    shard: Mapped[int] = mapped_column(primary_key=True)
    joined: Mapped[int] = mapped_column(server_default=ZERO)
    left: Mapped[int] = mapped_column(server_default=ZERO)
    posts: Mapped[int] = mapped_column(server_default=ZERO)
    reach: Mapped[int] = mapped_column(server_default=ZERO)
    reads: Mapped[int] = mapped_column(server_default=ZERO)


class Erasure(Base):
    """An account that is gone, whose traces the worker removes piece by piece; the last piece takes this row too.

    Attributes:
        messages: What becomes of their posts: `keep` (without their author) or `delete`.
    """

    __tablename__ = "erasures"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    messages: Mapped[str]
    begun_at: Mapped[datetime]


Outbox, Inbox = add_plumbing_tables(Base)
idempotent_calls_table(Base.metadata)
