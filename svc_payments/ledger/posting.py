"""Writing to the ledger. One statement writes a transaction with all its entries; PostgreSQL checks it at commit."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.orm import Session

from plumbing import codec
from plumbing.prepared import Prepared
from svc_payments.ledger.access import Access

#: Where the ids of ledger transactions live; never to be changed.
_NAMESPACE = uuid.UUID("5d2e0f0e-7c43-4f0e-9d7e-5b1f1f0d6a11")


class LedgerMismatch(Exception):
    """The same fact was posted before with other moves: a bug, never a person's doing."""


@dataclass(frozen=True, slots=True)
class Move:
    """An amount onto an account (negative: off it), which may be spent from `available_at` on (None: at once)."""

    account: str
    amount: int
    available_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """What made a posting necessary, and the id under which that is found."""

    kind: Literal["command", "event", "provider", "job"]
    id: str


def transaction_id(kind: str, key: str) -> str:
    """Return the id of the ledger transaction of that fact; the same fact has the same id everywhere."""
    return str(uuid.uuid5(_NAMESPACE, f"{kind}:{key}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What happened, as a transaction to be written; moves of nothing are left out.

    Attributes:
        kind: What kind of thing happened.
        key: Which one, unique among its kind for good.
        cause: Why we know.
        currency: Of all moves.
        moves: They add up to zero.
        payment_id: The payment that it belongs to.
        memo: For people who read the account.
        access: What it opens for whom.
        ends_access_of: The id of a transaction whose access ends, or whose ending is taken back.
    """

    kind: str
    key: str
    cause: Cause
    currency: str
    moves: Sequence[Move]
    payment_id: str | None = None
    memo: str = ""
    access: Access | None = None
    ends_access_of: str | None = None

    @property
    def id(self) -> str:
        """The id of the transaction."""
        return transaction_id(self.kind, self.key)

    @property
    def real_moves(self) -> list[Move]:
        """The moves without those of nothing."""
        return [move for move in self.moves if move.amount]


# All transactions travel as one JSON text (see `plumbing.outbox`).
_POST = Prepared(
    """
WITH given AS (
  SELECT * FROM json_to_recordset(:rows) AS x(
    id uuid, kind text, key text, currency text, cause_kind text, cause_id text, payment_id uuid, memo text,
    holder_id uuid, subject_kind text, subject_id text, access_from timestamptz, access_until timestamptz,
    ends_access_of uuid, accounts text[], amounts bigint[], availables timestamptz[]
  )
), made AS (
  INSERT INTO ledger_transactions (
    id, kind, key, currency, cause_kind, cause_id, payment_id, memo,
    holder_id, subject_kind, subject_id, access_from, access_until, ends_access_of
  ) SELECT id, kind, key, currency, cause_kind, cause_id, payment_id, memo,
    holder_id, subject_kind, subject_id, access_from, access_until, ends_access_of
  FROM given ORDER BY id ON CONFLICT (id) DO NOTHING RETURNING id
), written AS (
  INSERT INTO ledger_entries (transaction_id, line, account_id, amount, currency, available_at)
  SELECT given.id, line, account, amount, currency, greatest(available, statement_timestamp())
  FROM made JOIN given ON given.id = made.id CROSS JOIN LATERAL unnest(accounts, amounts, availables)
    WITH ORDINALITY AS moves (account, amount, available, line)
)
SELECT id::text FROM made
""",
    rows="json",
)


def post_all(session: Session, postings: Sequence[Posting]) -> set[str]:
    """Post what happened by one statement; return the ids of what was not posted before.

    Args:
        session: The transaction that decides; where it spends, a lock of `balances` came before.
        postings: Of different facts.

    Raises:
        LedgerMismatch: One was posted before with other moves.
    """
    made = set(_POST.run(session, rows=codec.encode([_row(each) for each in postings]).decode()).scalars())
    for each in postings:
        if each.id not in made:
            _demand_same(session, each)
    return made


def post(
    session: Session,
    *,
    kind: str,
    key: str,
    cause: Cause,
    currency: str,
    moves: Sequence[Move],
    payment_id: str | None = None,
    memo: str = "",
    access: Access | None = None,
    ends_access_of: str | None = None,
) -> bool:
    """Post one transaction.

    Returns:
        False where that very thing was posted before.

    Raises:
        LedgerMismatch: It was posted before with other moves.
    """
    posting = Posting(
        kind=kind,
        key=key,
        cause=cause,
        currency=currency,
        moves=moves,
        payment_id=payment_id,
        memo=memo,
        access=access,
        ends_access_of=ends_access_of,
    )
    return bool(post_all(session, [posting]))


def _row(posting: Posting) -> dict[str, Any]:
    access, moves = posting.access, posting.real_moves
    return {
        "id": posting.id,
        "kind": posting.kind,
        "key": posting.key,
        "currency": posting.currency,
        "cause_kind": posting.cause.kind,
        "cause_id": posting.cause.id,
        "payment_id": posting.payment_id,
        "memo": posting.memo,
        "holder_id": access.holder_id if access else None,
        "subject_kind": access.subject_kind if access else None,
        "subject_id": access.subject_id if access else None,
        "access_from": access.starts if access else None,
        "access_until": access.until if access else None,
        "ends_access_of": posting.ends_access_of,
        "accounts": [move.account for move in moves],
        "amounts": [move.amount for move in moves],
        "availables": [move.available_at for move in moves],
    }


def _demand_same(session: Session, posting: Posting) -> None:
    before = Counter((entry.account, entry.amount) for entry in moves_of(session, posting.id))
    same = before == Counter((move.account, move.amount) for move in posting.real_moves)
    if not same or posting.currency != currency_of(session, posting.id):
        raise LedgerMismatch(posting.id)


_MOVES = text(
    "SELECT account_id, amount, available_at FROM ledger_entries WHERE transaction_id = CAST(:id AS uuid) ORDER BY line"
)
_CURRENCY = text("SELECT currency FROM ledger_transactions WHERE id = CAST(:id AS uuid)")


def moves_of(session: Session, posted_id: str) -> list[Move]:
    """Return the moves of a posted transaction; none where it was never posted."""
    found = session.execute(_MOVES, {"id": posted_id})
    return [Move(row.account_id, row.amount, row.available_at) for row in found]


def currency_of(session: Session, posted_id: str) -> str | None:
    """Return the currency of a posted transaction; None where it was never posted."""
    return session.execute(_CURRENCY, {"id": posted_id}).scalar()


def reverse(
    session: Session,
    *,
    kind: str,
    key: str,
    cause: Cause,
    of: str,
    payment_id: str | None = None,
    memo: str = "",
) -> bool:
    """Post the entries of the transaction `of` negated; access that it opened ends, access that it ended is back.

    Money that is still held is taken from what is held.

    Returns:
        False where that was posted before.

    Raises:
        LedgerMismatch: `of` was never posted, or this one was, with other moves.
    """
    currency = currency_of(session, of)
    if currency is None:
        raise LedgerMismatch(of)
    negated = [Move(move.account, -move.amount, move.available_at) for move in moves_of(session, of)]
    return post(
        session,
        kind=kind,
        key=key,
        cause=cause,
        currency=currency,
        moves=negated,
        payment_id=payment_id,
        memo=memo,
        ends_access_of=of,
    )
