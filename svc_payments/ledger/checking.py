"""Proof that the ledger is right: everything is added up from the entries, and nothing is believed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

from svc_payments.ledger.posting import transaction_id

PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong.

    Attributes:
        rule: Which rule is broken.
        where: The transaction, or the account.
        detail: What was found there.
    """

    rule: str
    where: str
    detail: str


_UNBALANCED = text(
    """
    SELECT posted.id, count(entry.line) AS number, coalesce(sum(entry.amount), 0) AS sum
    FROM ledger_transactions AS posted LEFT JOIN ledger_entries AS entry ON entry.transaction_id = posted.id
    GROUP BY posted.id
    HAVING count(entry.line) < 2 OR sum(entry.amount) <> 0
      OR NOT bool_and(entry.currency = posted.currency)
    """
)
_ORPHANED = text(
    """
    SELECT DISTINCT entry.transaction_id FROM ledger_entries AS entry
    WHERE NOT EXISTS (SELECT FROM ledger_transactions AS posted WHERE posted.id = entry.transaction_id)
    """
)
_SUMS = text("SELECT currency, sum(amount) AS sum FROM ledger_entries GROUP BY currency HAVING sum(amount) <> 0")
_CHECKPOINTS = text(
    """
    SELECT checkpoint.account_id, checkpoint.currency, checkpoint.total, checkpoint.available,
      coalesce(real.total, 0) AS real_total, coalesce(real.available, 0) AS real_available
    FROM balance_checkpoints AS checkpoint CROSS JOIN LATERAL (
      SELECT sum(amount) AS total, sum(amount) FILTER (WHERE available_at <= checkpoint.upto) AS available
      FROM ledger_entries AS entry
      WHERE entry.account_id = checkpoint.account_id AND entry.currency = checkpoint.currency
        AND entry.at <= checkpoint.upto
    ) AS real
    WHERE checkpoint.total <> coalesce(real.total, 0) OR checkpoint.available <> coalesce(real.available, 0)
    """
)
# Nobody spends what is not there; refunds and disputes take what they must. `at` is the clock after the lock, so
# whatever a spender saw is older. It may not have seen what those took in the minute before, and were still writing.
_OVERDRAWN = text(
    """
    WITH entries AS (
      SELECT entry.*, posted.kind ~ '^(refund|dispute)' AS unwilled
      FROM ledger_entries AS entry JOIN ledger_transactions AS posted ON posted.id = entry.transaction_id
      WHERE entry.account_id LIKE ANY (ARRAY['person:%', 'ads:%', 'campaign:%'])
    )
    SELECT spending.account_id, spending.currency, spending.transaction_id, held.available
    FROM entries AS spending CROSS JOIN LATERAL (
      SELECT sum(entry.amount) AS available
      FROM ledger_entries AS entry JOIN ledger_transactions AS posted ON posted.id = entry.transaction_id
      WHERE entry.account_id = spending.account_id AND entry.currency = spending.currency
        AND entry.at <= spending.at AND entry.available_at <= spending.at
        AND NOT (entry.amount < 0 AND entry.at > spending.at - interval '60 s' AND posted.kind ~ '^(refund|dispute)')
    ) AS held
    WHERE spending.amount < 0 AND NOT spending.unwilled AND held.available < 0
    """
)
_IDS = text("SELECT id, kind, key FROM ledger_transactions WHERE id > CAST(:after AS uuid) ORDER BY id LIMIT :limit")
_FIRST = "00000000-0000-0000-0000-000000000000"


def check(session: Session) -> list[Finding]:
    """Return everything that is wrong with the ledger, in one snapshot; nothing where it is right."""
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    session.execute(text("SET LOCAL statement_timeout = 0"))
    return [finding for rule in RULES for finding in rule(session)]


def _balanced(session: Session) -> Iterator[Finding]:
    for row in session.execute(_UNBALANCED):
        yield Finding("transactions_balance", str(row.id), f"{row.number} entries of {row.sum} in sum")
    for row in session.execute(_ORPHANED):
        yield Finding("transactions_balance", str(row.transaction_id), "entries without a transaction")


def _sums_zero(session: Session) -> Iterator[Finding]:
    for row in session.execute(_SUMS):
        yield Finding("currencies_sum_to_zero", row.currency, str(row.sum))


def _checkpoints_right(session: Session) -> Iterator[Finding]:
    for row in session.execute(_CHECKPOINTS):
        detail = f"{row.total} and {row.available} where it was {row.real_total} and {row.real_available}"
        yield Finding("checkpoints_are_sums", f"{row.account_id} {row.currency}", detail)


def _nobody_overdrew(session: Session) -> Iterator[Finding]:
    for row in session.execute(_OVERDRAWN):
        where = f"{row.account_id} {row.currency}"
        yield Finding("nobody_spends_what_is_not_there", where, f"{row.available} after {row.transaction_id}")


def _ids_of_facts(session: Session) -> Iterator[Finding]:
    after = _FIRST
    while rows := session.execute(_IDS, {"after": after, "limit": PAGE}).all():
        for row in rows:
            if str(row.id) != transaction_id(row.kind, row.key):
                yield Finding("ids_are_made_of_facts", str(row.id), f"{row.kind}:{row.key}")
        after = rows[-1].id


RULES: tuple[Callable[[Session], Iterator[Finding]], ...] = (
    _balanced,
    _sums_zero,
    _checkpoints_right,
    _nobody_overdrew,
    _ids_of_facts,
)
