"""The tables of svc_subscriptions for observers attached at run time and for what people are told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from svc_subscriptions.models import EMPTY, FALSE, ZERO, Base, Id, Json

TRUE = text("true")


class Observer(Base):
    """A webhook or digest that observes a channel's log, from a cursor of its own.

    Attributes:
        secret_enc: The webhook's signing secret, encrypted at rest.
        cursor: The last entry that was handed over.
        next_attempt_at: When to look at it next; None while it has nothing to do.
        state: `active`, `paused`, `failing` or `disabled`.
        claimed_until: A process works on it until then.
    """

    __tablename__ = "observers"
    __table_args__ = (
        Index("observers_due", "next_attempt_at", postgresql_where=text("state IN ('active', 'failing')")),
        Index("observers_by_maker", "created_by"),
    )

    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    url: Mapped[str | None]
    secret_enc: Mapped[bytes | None]
    events: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
    cursor: Mapped[int] = mapped_column(server_default=ZERO)
    state: Mapped[str] = mapped_column(server_default=text("'active'"))
    failures: Mapped[int] = mapped_column(server_default=ZERO)
    last_error: Mapped[str | None]
    next_attempt_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
    created_by: Mapped[str] = mapped_column(Id)
    created_at: Mapped[datetime]


class Delivery(Base):
    """One attempt to hand an entry to a webhook. The same entry keeps one delivery id outside."""

    __tablename__ = "deliveries"
    __table_args__ = (Index("deliveries_age", "at", postgresql_using="brin"),)

    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    observer_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    seq: Mapped[int]
    status: Mapped[int | None]
    error: Mapped[str | None]
    duration_ms: Mapped[int] = mapped_column(server_default=ZERO)
    at: Mapped[datetime]


class Notification(Base):
    """One line of a person's list.

    Attributes:
        source_key: What caused it, e.g. `post:<id>`; unique for the person, so that an event that
            is told twice makes one line.
        collapse_key: Unread lines with the same key are shown and pushed as one, with a count.
        seq: The entry of the channel's log, or the message of the conversation, that it is about.
        count: How many lines were read as this one.
        folded: It was read as part of a newer line with its key, and is not shown any more.
        why: The rule that caused it.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("user_id", "source_key", name="notifications_once"),
        Index("notifications_unread", "user_id", "id", postgresql_where=text("read_at IS NULL")),
        Index(
            "notifications_collapsing",
            "user_id",
            "collapse_key",
            "id",
            postgresql_where=text("read_at IS NULL AND collapse_key IS NOT NULL"),
        ),
        Index("notifications_age", "created_at", postgresql_using="brin"),
    )

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    source_key: Mapped[str]
    collapse_key: Mapped[str | None]
    channel_id: Mapped[str | None] = mapped_column(Id)
    conversation_id: Mapped[str | None] = mapped_column(Id)
    post_id: Mapped[str | None] = mapped_column(Id)
    message_id: Mapped[str | None] = mapped_column(Id)
    actor_id: Mapped[str | None] = mapped_column(Id)
    seq: Mapped[int | None]
    count: Mapped[int] = mapped_column(server_default=text("1"))
    preview: Mapped[str] = mapped_column(server_default=EMPTY)
    why: Mapped[Json]
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    folded: Mapped[bool] = mapped_column(server_default=FALSE)


class Preferences(Base):
    """How a person wants to hear of things; somebody without a row has the defaults.

    Attributes:
        email: Their verified address at auth when they asked for digests.
        locale: Their language at that time.
    """

    __tablename__ = "preferences"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    time_zone: Mapped[str] = mapped_column(server_default=text("'UTC'"))
    quiet_from: Mapped[str | None]
    quiet_to: Mapped[str | None]
    push: Mapped[bool] = mapped_column(server_default=TRUE)
    email_digest: Mapped[str] = mapped_column(server_default=text("'off'"))
    email: Mapped[str | None]
    locale: Mapped[str] = mapped_column(server_default=text("'en'"))
    mentions: Mapped[bool] = mapped_column(server_default=TRUE)
    replies: Mapped[bool] = mapped_column(server_default=TRUE)
    updated_at: Mapped[datetime]


class PushEndpoint(Base):
    """A browser's push subscription; `endpoint_hash` is the SHA-256 of its address.

    Whoever adds, enables, disables or removes one locks the person's `followings` row first and
    brings `subscriptions.push` of that person up to date (`actions.counting.mirror_push`).
    """

    __tablename__ = "push_endpoints"
    __table_args__ = (UniqueConstraint("user_id", "endpoint_hash", name="push_endpoints_once"),)

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    endpoint: Mapped[str]
    endpoint_hash: Mapped[bytes]
    p256dh: Mapped[str]
    auth: Mapped[str]
    device: Mapped[str]
    enabled: Mapped[bool] = mapped_column(server_default=TRUE)
    quiet: Mapped[bool] = mapped_column(server_default=FALSE)
    failures: Mapped[int] = mapped_column(server_default=ZERO)
    created_at: Mapped[datetime]
    last_success_at: Mapped[datetime | None]


class OutgoingPush(Base):
    """A notification on its way to one device: the queue that the sender empties.

    Attributes:
        state: `waiting`, `sent`, `dropped` or `failed`; `last_error` says why it was dropped.
        collapse_key: Its notification's: waiting ones with the same key leave as one.
        claimed_until: A process sends it until then; it is claimed with FOR UPDATE SKIP LOCKED.
    """

    __tablename__ = "pushes"
    __table_args__ = (
        UniqueConstraint("user_id", "notification_id", "endpoint_id", name="pushes_once"),
        Index("pushes_due", "next_attempt_at", postgresql_where=text("state = 'waiting'")),
        Index("pushes_age", "created_at", postgresql_using="brin"),
    )

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    notification_id: Mapped[str] = mapped_column(Id)
    endpoint_id: Mapped[str] = mapped_column(Id)
    collapse_key: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default=text("'waiting'"))
    attempts: Mapped[int] = mapped_column(server_default=ZERO)
    next_attempt_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    last_error: Mapped[str | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class Digest(Base):
    """When a person's e-mail digest was last sent and is due again; `after_id` is the last line in it."""

    __tablename__ = "digests"
    __table_args__ = (Index("digests_due", "next_at"),)

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    last_sent_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    after_id: Mapped[str | None] = mapped_column(Id)
    claimed_until: Mapped[datetime | None]
