"""The tables of svc_media.

`owner_id` (or `user_id`) leads what belongs to a person, so that a distributed PostgreSQL keeps a person's
media, uploads, holdings and quota together; blobs are led by their digest. No serials, no foreign keys.

Locks are taken in this order: `uploads` row -> `media` row -> `quotas` row -> `holdings` -> `blobs` by digest.

A file lies in the storage once (`blobs`), and a person pays for it once (`holdings`), however many of
their media are the same bytes. So the blobs' sizes add up to the storage, and a person's holdings to
`quotas.used_bytes`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Uuid, func, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from plumbing.tables import COLUMN_TYPES, add_plumbing_tables, idempotent_calls_table

Json = dict[str, Any]
ZERO = text("0")
FALSE = text("false")
EMPTY = text("''")
NOW = func.now()


class Base(DeclarativeBase):
    """Base of svc_media's tables. Ids are UUIDv7 strings; times are aware and in UTC; sizes are bytes."""

    type_annotation_map = COLUMN_TYPES


Id = Uuid(as_uuid=False)


class Media(Base):
    """Something that a person uploads or has uploaded. Its id is also its upload's.

    Attributes:
        ver: Counts the changes under this row's lock; orders its events.
        mime: What the content is, once it was sniffed; what was declared before.
        size: Of the bytes themselves, without variants.
        sha256: The blob of the bytes themselves; None until they are stored.
        attempts: How often processing was begun.
        abandoned_at: When the last message or post that carried it was deleted.
    """

    __tablename__ = "media"
    __table_args__ = (
        Index("media_by_id", "id"),
        Index("media_waiting", "changed_at", postgresql_where=text("state IN ('queued', 'processing')")),
        Index("media_failed", "changed_at", postgresql_where=text("state = 'failed'")),
        Index("media_abandoned", "abandoned_at", postgresql_where=text("abandoned_at IS NOT NULL")),
        {"postgresql_with": {"fillfactor": 80}},
    )

    owner_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    ver: Mapped[int] = mapped_column(server_default=ZERO)
    kind: Mapped[str]
    state: Mapped[str]
    name: Mapped[str] = mapped_column(server_default=EMPTY)
    declared_mime: Mapped[str] = mapped_column(server_default=EMPTY)
    mime: Mapped[str] = mapped_column(server_default=EMPTY)
    size: Mapped[int] = mapped_column(server_default=ZERO)
    sha256: Mapped[str | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    duration_s: Mapped[float | None]
    thumbhash: Mapped[str | None]
    waveform: Mapped[list[int] | None]
    pages: Mapped[int | None]
    progress: Mapped[int] = mapped_column(server_default=ZERO)
    attempts: Mapped[int] = mapped_column(server_default=ZERO)
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    changed_at: Mapped[datetime] = mapped_column(server_default=NOW)
    abandoned_at: Mapped[datetime | None]


class Variant(Base):
    """Another form of a media, e.g. `thumb_320.webp`, `poster`, `video_720`; each is a blob."""

    __tablename__ = "variants"

    owner_id: Mapped[str] = mapped_column(Id, primary_key=True)
    media_id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    mime: Mapped[str]
    width: Mapped[int | None]
    height: Mapped[int | None]
    size: Mapped[int]
    sha256: Mapped[str]


class Upload(Base):
    """A tus upload. The row goes when it was ended or has expired.

    Once its bytes are stored it stays until then, for a client that lost the answer and asks how far it came.

    Attributes:
        length: None until the client says it (Upload-Defer-Length).
        offset: Bytes that are surely on the disk; the file may hold more after a crash.
        partial: It becomes part of another upload, and has no media of its own.
        parts: The partial uploads that this one is put together from, in their order.
        metadata_: What the client sent, decoded.
        reserved: Bytes set aside for it in the owner's quota.
        stored: Its bytes are in the storage; the file that they grew in is gone.
    """

    __tablename__ = "uploads"
    __table_args__ = (
        Index("uploads_by_id", "id"),
        Index("uploads_expire", "expires_at"),
        {"postgresql_with": {"fillfactor": 50}},
    )

    owner_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    length: Mapped[int | None]
    offset: Mapped[int] = mapped_column(server_default=ZERO)
    partial: Mapped[bool] = mapped_column(server_default=FALSE)
    parts: Mapped[list[str] | None]
    metadata_: Mapped[Json] = mapped_column("metadata", server_default=text("'{}'"))
    reserved: Mapped[int] = mapped_column(server_default=ZERO)
    stored: Mapped[bool] = mapped_column(server_default=FALSE)
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    expires_at: Mapped[datetime]


class Blob(Base):
    """A file in the storage.

    The row comes before the file and goes after it, so a file without a row is nobody's.

    Attributes:
        sha256: Hexadecimal digest of the content; the storage key is made of it.
        holders: How many people hold it; 0 while it is being stored, and when nobody does any more.
        touched_at: When somebody last began to store it or ceased to hold it.
    """

    __tablename__ = "blobs"
    __table_args__ = (Index("blobs_unheld", "touched_at", postgresql_where=text("holders = 0")),)

    sha256: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int]
    holders: Mapped[int] = mapped_column(server_default=ZERO)
    touched_at: Mapped[datetime] = mapped_column(server_default=NOW)


class Holding(Base):
    """How many of a person's media and variants are one blob; they pay for it once."""

    __tablename__ = "holdings"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    uses: Mapped[int]
    size: Mapped[int]


class Quota(Base):
    """What a person has stored and reserved; `limit_bytes` is None where the usual limit holds."""

    __tablename__ = "quotas"
    __table_args__ = ({"postgresql_with": {"fillfactor": 50}},)

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    used_bytes: Mapped[int] = mapped_column(server_default=ZERO)
    reserved_bytes: Mapped[int] = mapped_column(server_default=ZERO)
    limit_bytes: Mapped[int | None]


class Attachment(Base):
    """What carries a media: whoever may read it may read the media.

    Attributes:
        carrier: `message`, `post`, `closed_post`, `channel` for the picture of one, or `creative` of an ad.
        carrier_id: The message's, post's, channel's or creative's id.
        place_id: Its conversation or channel; the creative itself.
    """

    __tablename__ = "attachments"
    __table_args__ = (Index("attachments_by_carrier", "carrier_id"),)

    owner_id: Mapped[str] = mapped_column(Id, primary_key=True)
    media_id: Mapped[str] = mapped_column(Id, primary_key=True)
    carrier: Mapped[str] = mapped_column(primary_key=True)
    carrier_id: Mapped[str] = mapped_column(Id, primary_key=True)
    place_id: Mapped[str] = mapped_column(Id)
    attached_at: Mapped[datetime] = mapped_column(server_default=NOW)


class ChannelPicture(Base):
    """Which of the changes of a channel's picture was the last one that came here; older ones change nothing.

    A creative of an ad, whose media changes in the same way, has its row under its own id.
    """

    __tablename__ = "channel_pictures"

    channel_id: Mapped[str] = mapped_column(Id, primary_key=True)
    seq: Mapped[int]


class Erasure(Base):
    """An account that is gone, whose files the worker removes batch by batch; the last batch takes this row too."""

    __tablename__ = "erasures"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    begun_at: Mapped[datetime]


Outbox, Inbox = add_plumbing_tables(Base)
idempotent_calls_table(Base.metadata)
