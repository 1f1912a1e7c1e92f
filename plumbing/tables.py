"""What the databases of all services have alike: the types of columns, and two tables for talking over the bus."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Float,
    Index,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

#: How mapped attributes are stored (for `type_annotation_map`): moments with their zone, and in JSON no `null`.
COLUMN_TYPES: dict[Any, Any] = {
    str: Text(),
    int: BigInteger(),
    float: Float(),
    bytes: LargeBinary(),
    date: Date(),
    datetime: DateTime(timezone=True),
    **dict.fromkeys((dict[str, Any], list[dict[str, Any]], list[str], list[int]), JSONB(none_as_null=True)),
}


def outbox_table(metadata: MetaData) -> Table:
    """Return the table of events that are committed but not yet published.

    `name` is the event's routing key. `enqueued_at` is the server's clock at insertion: under the
    aggregate's row lock it grows with `version`, so reading in this order keeps each aggregate's order
    without a serial.
    """
    if "outbox" in metadata.tables:
        return metadata.tables["outbox"]
    return Table(
        "outbox",
        metadata,
        Column("aggregate_id", String(64), primary_key=True),
        Column("event_id", Uuid(as_uuid=False), primary_key=True),
        Column("version", BigInteger, nullable=False),
        Column("name", String(64), nullable=False),
        Column("source", String(64), nullable=False),
        Column("body", LargeBinary, nullable=False),
        Column("traceparent", String(64)),
        Column(
            "enqueued_at",
            DateTime(timezone=True),
            nullable=False,
            server_default=func.clock_timestamp(),
        ),
        Index("outbox_order", "enqueued_at", "version"),
    )


def inbox_table(metadata: MetaData) -> Table:
    """Return the table of events that each consumer has handled."""
    if "inbox" in metadata.tables:
        return metadata.tables["inbox"]
    return Table(
        "inbox",
        metadata,
        Column("consumer", String(128), primary_key=True),
        Column("event_id", Uuid(as_uuid=False), primary_key=True),
        Column(
            "handled_at",
            DateTime(timezone=True),
            nullable=False,
            server_default=func.now(),
        ),
        Index("inbox_age", "handled_at"),
    )


def idempotent_calls_table(metadata: MetaData) -> Table:
    """Return the table of calls that came with an Idempotency-Key, and what they made."""
    if "idempotent_calls" in metadata.tables:
        return metadata.tables["idempotent_calls"]
    return Table(
        "idempotent_calls",
        metadata,
        Column("person_id", Uuid(as_uuid=False), primary_key=True),
        Column("key", String(200), primary_key=True),
        Column("fingerprint", LargeBinary, nullable=False),
        Column("result", LargeBinary),
        Column("called_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    )


def add_plumbing_tables(base: type[DeclarativeBase]) -> tuple[type[Any], type[Any]]:
    """Map `outbox` and `inbox` on `base` and return the two classes."""
    outbox = type(
        "Outbox",
        (base,),
        {"__table__": outbox_table(base.metadata), "__module__": base.__module__},
    )
    inbox = type(
        "Inbox",
        (base,),
        {"__table__": inbox_table(base.metadata), "__module__": base.__module__},
    )
    return outbox, inbox


__all__ = ["add_plumbing_tables", "inbox_table", "outbox_table"]
