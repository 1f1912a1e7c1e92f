"""The tables of svc_messaging.

`conversation_id` (or `user_id`, for what belongs to a person alone) leads every primary and unique
key, so that a distributed PostgreSQL can shard by it. There are no serials and no foreign keys:
rows of one conversation are kept consistent under the lock of its `conversations` row.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint, Uuid, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from plumbing.tables import COLUMN_TYPES, add_plumbing_tables, idempotent_calls_table

Json = dict[str, Any]
ZERO = text("0")
FALSE = text("false")
EMPTY_LIST = text("'[]'")


#: Which messages carry media, and which a link; statements have to say it in these words to use the indexes.
HAS_MEDIA = "media_ids <> '[]'"
HAS_LINKS = """(entities @> '[{"type": "link"}]' OR text ~* 'https?://')"""


class Base(DeclarativeBase):
    """Base of svc_messaging's tables. Ids are UUIDv7 strings; times are aware and in UTC."""

    type_annotation_map = COLUMN_TYPES


Id = Uuid(as_uuid=False)


class Conversation(Base):
    """A direct chat or a group, with its two gap-free counters.

    Attributes:
        seq: Number of the last message.
        ver: Number of the last durable change; messages count too.
        last_message_at: Time of the last message, or of the creation; orders the chat list.
        linked: Another service linked it to something of its own; see `actions/linked.py`.
    """

    __tablename__ = "conversations"
    __table_args__ = ({"postgresql_with": {"fillfactor": 50}},)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    title: Mapped[str | None]
    created_by: Mapped[str] = mapped_column(Id)
    created_at: Mapped[datetime]
    seq: Mapped[int] = mapped_column(server_default=ZERO)
    ver: Mapped[int] = mapped_column(server_default=ZERO)
    slow_mode_s: Mapped[int] = mapped_column(server_default=ZERO)
    member_count: Mapped[int] = mapped_column(server_default=ZERO)
    last_message_at: Mapped[datetime]
    linked: Mapped[bool] = mapped_column(server_default=FALSE)


class DirectPair(Base):
    """The one direct conversation of two people; `user_id` is the lower id of the two."""

    __tablename__ = "direct_pairs"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    peer_id: Mapped[str] = mapped_column(Id, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(Id)


class Member(Base):
    """A person's place in a conversation.

    Attributes:
        read_seq: Everything up to here was read, and others may know it.
        private_read_seq: Everything up to here was read; never below `read_seq`.
        sent: How many messages of this conversation this person wrote.
        sent_read: How many of those lie at or before `private_read_seq`; see `actions/unread.py`.
    """

    __tablename__ = "members"
    __table_args__ = (
        Index("members_of_user", "user_id", "conversation_id"),
        {"postgresql_with": {"fillfactor": 70}},
    )

    conversation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    role: Mapped[str] = mapped_column(server_default=text("'member'"))
    joined_at: Mapped[datetime]
    joined_seq: Mapped[int] = mapped_column(server_default=ZERO)
    read_seq: Mapped[int] = mapped_column(server_default=ZERO)
    delivered_seq: Mapped[int] = mapped_column(server_default=ZERO)
    private_read_seq: Mapped[int] = mapped_column(server_default=ZERO)
    sent: Mapped[int] = mapped_column(server_default=ZERO)
    sent_read: Mapped[int] = mapped_column(server_default=ZERO)
    marked_unread: Mapped[bool] = mapped_column(server_default=FALSE)
    muted_until: Mapped[datetime | None]
    pinned: Mapped[bool] = mapped_column(server_default=FALSE)
    archived: Mapped[bool] = mapped_column(server_default=FALSE)
    last_sent_at: Mapped[datetime | None]


class AccessRemoved(Base):
    """Somebody's way into a conversation ended; the gateway polls this to close open sockets."""

    __tablename__ = "access_removed"
    __table_args__ = (Index("access_removed_by_time", "removed_at"),)

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    removed_at: Mapped[datetime] = mapped_column(primary_key=True)


class Message(Base):
    """A message. `ver` is the conversation's version at its creation, so it is a change by itself.

    Attributes:
        payment: What readers are shown of a payment (a `ChatPaymentView`); see `actions/payments.py`.
        webhook: The `WebhookAuthor` that wrote it, whose id is `author_id`; see `actions/webhooks.py`.
    """

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "author_id", "client_msg_id", name="messages_once"),
        UniqueConstraint("conversation_id", "id", name="messages_id"),
        UniqueConstraint("conversation_id", "ver", name="messages_ver"),
        Index("messages_by_id", "id"),
        Index(
            "messages_of_thread",
            "conversation_id",
            "thread_root",
            "seq",
            postgresql_where=text("thread_root IS NOT NULL"),
        ),
        Index("messages_pinned", "conversation_id", "pinned_at", postgresql_where=text("pinned_at IS NOT NULL")),
        Index(
            "messages_expiring",
            "expires_at",
            postgresql_where=text("expires_at IS NOT NULL AND deleted_at IS NULL"),
        ),
        Index(
            "messages_uncounted",
            "conversation_id",
            "seq",
            "author_id",
            postgresql_where=text("deleted_at IS NOT NULL OR kind = 'system'"),
        ),
        Index("messages_with_media", "conversation_id", "seq", postgresql_where=text(HAS_MEDIA)),
        Index("messages_with_links", "conversation_id", "seq", postgresql_where=text(HAS_LINKS)),
    )

    conversation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(Id)
    ver: Mapped[int]
    kind: Mapped[str] = mapped_column(server_default=text("'text'"))
    author_id: Mapped[str] = mapped_column(Id)
    client_msg_id: Mapped[str | None]
    body_hash: Mapped[bytes | None]
    text: Mapped[str] = mapped_column(server_default=text("''"))
    entities: Mapped[list[Json]] = mapped_column(server_default=EMPTY_LIST)
    media_ids: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    reply_to: Mapped[str | None] = mapped_column(Id)
    thread_root: Mapped[str | None] = mapped_column(Id)
    reply_count: Mapped[int] = mapped_column(server_default=ZERO)
    forwarded_from: Mapped[Json | None]
    payment: Mapped[Json | None]
    webhook: Mapped[Json | None]
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    pinned_at: Mapped[datetime | None]
    pinned_by: Mapped[str | None] = mapped_column(Id)


class PaymentMessage(Base):
    """Which message shows a payment or a request for money, and how new is what it shows.

    Attributes:
        subject_id: The payment, or the request. A payment that answers a request has the request's message.
        version: Of the last event about the subject that the message shows.
    """

    __tablename__ = "payment_messages"

    conversation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    subject_id: Mapped[str] = mapped_column(Id, primary_key=True)
    message_id: Mapped[str] = mapped_column(Id)
    version: Mapped[int]


class Change(Base):
    """A durable change other than a new message; see `actions/changes.py`."""

    __tablename__ = "changes"

    conversation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    ver: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str]
    message_id: Mapped[str | None] = mapped_column(Id)
    data: Mapped[Json]
    at: Mapped[datetime]


class Draft(Base):
    """What somebody began to write in a conversation."""

    __tablename__ = "drafts"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    text: Mapped[str]
    entities: Mapped[list[Json]] = mapped_column(server_default=EMPTY_LIST)
    reply_to: Mapped[str | None] = mapped_column(Id)
    updated_at: Mapped[datetime]


class ScheduledMessage(Base):
    """A message that waits for its time; `body` holds the checked fields of its `SendItem`."""

    __tablename__ = "scheduled_messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "author_id", "client_msg_id", name="scheduled_messages_once"),
        Index("scheduled_messages_by_id", "id"),
        Index("scheduled_messages_due", "send_at"),
        Index("scheduled_messages_of_author", "author_id", "send_at"),
    )

    conversation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    author_id: Mapped[str] = mapped_column(Id)
    client_msg_id: Mapped[str]
    body: Mapped[Json]
    body_hash: Mapped[bytes]
    send_at: Mapped[datetime]
    created_at: Mapped[datetime]


class Block(Base):
    """`user_id` wants nothing from `blocked_id`."""

    __tablename__ = "blocks"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    blocked_id: Mapped[str] = mapped_column(Id, primary_key=True)
    created_at: Mapped[datetime]


class Report(Base):
    """A complaint about a message or a person, for the platform's moderators."""

    __tablename__ = "reports"
    __table_args__ = (
        Index("reports_by_id", "id"),
        Index("reports_by_reporter", "reporter_id"),
        Index("reports_by_state", "state", "id"),
    )

    conversation_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    message_id: Mapped[str | None] = mapped_column(Id)
    user_id: Mapped[str | None] = mapped_column(Id)
    reporter_id: Mapped[str] = mapped_column(Id)
    reason: Mapped[str]
    note: Mapped[str] = mapped_column(server_default=text("''"))
    state: Mapped[str] = mapped_column(server_default=text("'open'"))
    created_at: Mapped[datetime]
    resolved_by: Mapped[str | None] = mapped_column(Id)
    resolved_at: Mapped[datetime | None]


class Erasure(Base):
    """An account that is gone, whose traces the worker removes piece by piece; the last piece takes this row too.

    Attributes:
        messages: `keep` (without their author) or `delete`.
    """

    __tablename__ = "erasures"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    messages: Mapped[str]
    begun_at: Mapped[datetime]


Outbox, Inbox = add_plumbing_tables(Base)
idempotent_calls_table(Base.metadata)
