"""The tables of the ledger, and those that talking over the bus needs.

`transaction_id` leads the entries, because what must balance has to lie together; balances are read by the indexes
that an account leads. There are no serials and no foreign keys: PostgreSQL's triggers (migration 0001) hold more
than those could.

The service's role may SELECT and INSERT in the two ledger tables, and not set `at` or `written_in`. What
other rooms keep is in `payment_models.py` and `plan_models.py`, on the same `Base`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, SmallInteger, Uuid, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from plumbing.tables import COLUMN_TYPES, add_plumbing_tables, idempotent_calls_table

Json = dict[str, Any]
STATEMENT = text("statement_timestamp()")


class Base(DeclarativeBase):
    """Base of svc_payments's tables. Ids are UUID strings; times are aware and in UTC; money is whole minor units."""

    type_annotation_map = COLUMN_TYPES


Id = Uuid(as_uuid=False)


class LedgerTransaction(Base):
    """Something that happened to money, once and for good.

    Attributes:
        id: UUIDv5 of `kind` and `key` (`ledger.posting.transaction_id`).
        cause_kind: What made it known: `command`, `event`, `provider` or `job`; `cause_id` says which one.
        holder_id: Who may use the subject from `access_from` until `access_until` (NULL: for good).
        ends_access_of: The transaction whose access ends by this one; or the ending that this one takes back.
        at: The server's clock when it was written, after every lock that its writer had to wait for.
        written_in: PostgreSQL's id of the database transaction that wrote it.
    """

    __tablename__ = "ledger_transactions"
    __table_args__ = (
        Index("ledger_payments", "payment_id", postgresql_where=text("payment_id IS NOT NULL")),
        Index(
            "ledger_access",
            "holder_id",
            "subject_kind",
            "subject_id",
            postgresql_where=text("holder_id IS NOT NULL"),
        ),
        Index("ledger_access_ends", "ends_access_of", postgresql_where=text("ends_access_of IS NOT NULL")),
        Index("ledger_access_until", "access_until", postgresql_where=text("access_until IS NOT NULL")),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str]
    key: Mapped[str]
    currency: Mapped[str]
    cause_kind: Mapped[str]
    cause_id: Mapped[str]
    payment_id: Mapped[str | None] = mapped_column(Id)
    memo: Mapped[str]
    holder_id: Mapped[str | None] = mapped_column(Id)
    subject_kind: Mapped[str | None]
    subject_id: Mapped[str | None]
    access_from: Mapped[datetime | None]
    access_until: Mapped[datetime | None]
    ends_access_of: Mapped[str | None] = mapped_column(Id)
    at: Mapped[datetime] = mapped_column(server_default=STATEMENT)
    written_in: Mapped[int] = mapped_column(server_default=text("pg_current_xact_id()::text::bigint"))


class LedgerEntry(Base):
    """One line of a transaction: so much on that account (negative: from it).

    Attributes:
        available_at: From when on its owner may spend it; never before `at`.
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (
        Index(
            "ledger_lines",
            "account_id",
            "currency",
            "at",
            "transaction_id",
            "line",
            postgresql_include=["amount", "available_at"],
        ),
        Index(
            "ledger_held",
            "account_id",
            "currency",
            "available_at",
            postgresql_include=["amount", "at"],
            postgresql_where=text("available_at > at"),
        ),
        Index("ledger_recent", "at", postgresql_using="brin"),
    )

    transaction_id: Mapped[str] = mapped_column(Id, primary_key=True)
    line: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    account_id: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]
    available_at: Mapped[datetime]
    at: Mapped[datetime] = mapped_column(server_default=STATEMENT)


class BalanceCheckpoint(Base):
    """What an account held at a moment; a cache that balances begin from.

    Attributes:
        upto: Every entry with an `at` of then or before is in `total`, and in `available` if it was so then.
    """

    __tablename__ = "balance_checkpoints"

    account_id: Mapped[str] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    upto: Mapped[datetime]
    total: Mapped[int]
    available: Mapped[int]


Outbox, Inbox = add_plumbing_tables(Base)
idempotent_calls_table(Base.metadata)
