"""Balances: sums of entries, from the last checkpoint on. Only who spends takes a lock."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select, text, tuple_
from sqlalchemy.orm import Session

from contracts.payments import BalanceTooLow
from plumbing import codec
from plumbing.prepared import Prepared
from svc_payments.models import LedgerEntry, LedgerTransaction


@dataclass(frozen=True, slots=True)
class Balance:
    """What an account holds in one currency; `available` may be spent, `pending` is still held."""

    total: int
    available: int

    @property
    def pending(self) -> int:
        """What will be available later."""
        return self.total - self.available


#: An account and a currency in it.
Purse = tuple[str, str]


class Place(NamedTuple):
    """Where a line stands in its account."""

    at: datetime
    transaction_id: str
    line: int


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of an account with what is known of its transaction."""

    transaction_id: str
    line: int
    kind: str
    key: str
    amount: int
    currency: str
    payment_id: str | None
    available_at: datetime
    at: datetime
    memo: str

    @property
    def place(self) -> Place:
        """Where it stands; what comes before it is the next page."""
        return Place(self.at, self.transaction_id, self.line)


# Apart from the sums, so that PostgreSQL knows how little they are: in one statement it starts parallel workers for
# fifty lines. Any checkpoint is right, so it does not matter where another one comes in between.
_CHECKPOINT = text(
    "SELECT upto, total, available FROM balance_checkpoints WHERE account_id = :account AND currency = :currency"
)
_SUMS = """
    SELECT coalesce(sum(amount), 0)::bigint AS total,
      coalesce(sum(amount) FILTER (WHERE available_at <= statement_timestamp()), 0)::bigint AS available
    FROM ledger_entries WHERE account_id = :account AND currency = :currency
"""
_ALL = text(_SUMS)
# Entries are never available before they are written. So the ones that a checkpoint counts as held, and nothing else
# of what it covers, are found by the time at which they become available.
_LATER = text(
    f"""
    SELECT later.total, later.available + coalesce(matured.available, 0)::bigint AS available
    FROM ({_SUMS} AND at > :upto) AS later, (
      SELECT sum(amount) AS available FROM ledger_entries
      WHERE account_id = :account AND currency = :currency AND available_at > at AND at <= :upto
        AND available_at > :upto AND available_at <= statement_timestamp()
    ) AS matured
    """  # noqa: S608 - put together of constants
)
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:account || ' ' || :currency, 0))")
# In the order of the locks' numbers, so that two who lock several wait for each other in one direction only.
_LOCK_ALL = Prepared(
    """
SELECT pg_advisory_xact_lock(number) FROM (
  SELECT DISTINCT hashtextextended(account || ' ' || currency, 0) AS number
  FROM json_to_recordset(:rows) AS x(account text, currency text) ORDER BY number
) AS numbers
""",
    rows="json",
)
# The same sums as above. Nothing here can be read by parallel workers.
_AVAILABLE = Prepared(
    """
SELECT asked.account, asked.currency,
  (coalesce(known.available, 0) + coalesce(later.available, 0) + coalesce(matured.available, 0))::bigint AS available
FROM json_to_recordset(:rows) AS asked(account text, currency text)
LEFT JOIN balance_checkpoints AS known ON known.account_id = asked.account AND known.currency = asked.currency
CROSS JOIN LATERAL (
  SELECT sum(amount) AS available FROM ledger_entries
  WHERE account_id = asked.account AND currency = asked.currency AND at > coalesce(known.upto, '-infinity')
    AND available_at <= statement_timestamp()
) AS later
CROSS JOIN LATERAL (
  SELECT sum(amount) AS available FROM ledger_entries
  WHERE account_id = asked.account AND currency = asked.currency AND available_at > at AND at <= known.upto
    AND available_at > known.upto AND available_at <= statement_timestamp()
) AS matured
""",
    rows="json",
)


def balance_of(session: Session, account: str, currency: str) -> Balance:
    """Return what an account holds now, as far as it is committed."""
    asked: dict[str, Any] = {"account": account, "currency": currency}
    checkpoint = session.execute(_CHECKPOINT, asked).first()
    if checkpoint is None:
        return Balance(*session.execute(_ALL, asked).one())
    later = session.execute(_LATER, asked | {"upto": checkpoint.upto}).one()
    return Balance(checkpoint.total + later.total, checkpoint.available + later.available)


def lock_spending(session: Session, account: str, currency: str) -> Balance:
    """Let nobody else spend from the account until this transaction ends, and return what it holds.

    The lock is a statement of its own: the balance's snapshots are taken after it, and so see what the last
    spender committed.
    """
    session.execute(_LOCK, {"account": account, "currency": currency})
    return balance_of(session, account, currency)


def lock_enough(session: Session, account: str, currency: str, amount: int) -> None:
    """Lock an account for spending `amount`.

    Raises:
        BalanceTooLow: It does not hold that much which is available.
    """
    available = lock_spending(session, account, currency).available
    if available < amount:
        raise BalanceTooLow(available=max(available, 0))


def lock_all_spending(session: Session, purses: Collection[Purse]) -> dict[Purse, int]:
    """Let nobody else spend from several accounts until this transaction ends, and return what each may spend."""
    rows = codec.encode([{"account": account, "currency": currency} for account, currency in purses]).decode()
    _LOCK_ALL.run(session, rows=rows)
    return {(row.account, row.currency): row.available for row in _AVAILABLE.run(session, rows=rows)}


def lines_of(
    session: Session,
    account: str,
    currency: str,
    *,
    limit: int,
    before: Place | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Line]:
    """Return up to `limit` lines of an account, the newest first.

    Args:
        session: Any.
        account: Whose lines.
        currency: Of the lines.
        limit: How many at most.
        before: The place of the last line of the page before.
        since: Nothing written earlier.
        until: Nothing written then or later.
    """
    query = _lines.where(LedgerEntry.account_id == account, LedgerEntry.currency == currency)
    if before is not None:
        query = query.where(tuple_(*_place) < tuple_(*before))
    if since is not None:
        query = query.where(LedgerEntry.at >= since)
    if until is not None:
        query = query.where(LedgerEntry.at < until)
    newest_first = query.order_by(*(column.desc() for column in _place))
    rows: Any = session.execute(newest_first.limit(limit))
    return [Line(*row) for row in rows]


_place = (LedgerEntry.at, LedgerEntry.transaction_id, LedgerEntry.line)
_lines = select(
    LedgerEntry.transaction_id,
    LedgerEntry.line,
    LedgerTransaction.kind,
    LedgerTransaction.key,
    LedgerEntry.amount,
    LedgerEntry.currency,
    LedgerTransaction.payment_id,
    LedgerEntry.available_at,
    LedgerEntry.at,
    LedgerTransaction.memo,
).join(LedgerTransaction, LedgerTransaction.id == LedgerEntry.transaction_id)
