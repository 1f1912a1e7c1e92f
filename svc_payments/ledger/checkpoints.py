"""Moving checkpoints forward, so that the balance of a busy account stays quick to read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

#: An account gets a checkpoint when so many lines came since its last one.
LINES = 200
#: How old entries are when a checkpoint may count them: twice the life of a transaction that writes some.
SETTLE_S = 120.0
#: Accounts at a time, so that a transaction stays short.
BATCH = 200

# Nothing that is older than this can still appear: PostgreSQL refuses to commit it after 60 s (migration 0001), and
# a session that got around that check is still under way and older.
_SETTLED = text(
    """
    SELECT least(
      statement_timestamp() - make_interval(secs => :settle_s),
      (SELECT min(xact_start) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid())
    )
    """
)
_BUSY = text(
    """
    SELECT account_id, currency
    FROM (
      SELECT DISTINCT account_id, currency FROM ledger_entries WHERE at > :since AND at <= :upto
    ) AS touched
    LEFT JOIN balance_checkpoints AS checkpoint USING (account_id, currency)
    CROSS JOIN LATERAL (
      SELECT count(*) AS number FROM (
        SELECT FROM ledger_entries AS entry
        WHERE entry.account_id = touched.account_id AND entry.currency = touched.currency
          AND entry.at > coalesce(checkpoint.upto, '-infinity') AND entry.at <= :upto
        LIMIT :lines
      ) AS few
    ) AS waiting
    WHERE waiting.number >= :lines
    """
)
# What is available at `upto` and was written until then will be so forever; only amounts that were held are
# looked up by their own time.
_ADVANCE = text(
    """
    WITH before AS (
      SELECT upto, total, available FROM balance_checkpoints WHERE account_id = :account AND currency = :currency
      UNION ALL SELECT '-infinity', 0, 0
      ORDER BY upto DESC LIMIT 1
    ), later AS (
      SELECT sum(amount) AS total, sum(amount) FILTER (WHERE available_at <= :upto) AS available
      FROM ledger_entries
      WHERE account_id = :account AND currency = :currency AND at > (SELECT upto FROM before) AND at <= :upto
    ), matured AS (
      SELECT sum(amount) AS available FROM ledger_entries
      WHERE account_id = :account AND currency = :currency AND available_at > at
        AND available_at > (SELECT upto FROM before) AND available_at <= :upto AND at <= (SELECT upto FROM before)
    )
    INSERT INTO balance_checkpoints AS checkpoint (account_id, currency, upto, total, available)
    SELECT :account, :currency, :upto, before.total + coalesce(later.total, 0),
      before.available + coalesce(later.available, 0) + coalesce(matured.available, 0)
    FROM before, later, matured
    ON CONFLICT (account_id, currency) DO UPDATE
    SET upto = excluded.upto, total = excluded.total, available = excluded.available
    WHERE checkpoint.upto < excluded.upto
    """
)


def settled_until(session: Session, settle_s: float = SETTLE_S) -> datetime:
    """Return a moment until which no entry can appear any more."""
    moment: datetime = session.execute(_SETTLED, {"settle_s": settle_s}).scalar_one()
    return moment


def busy_accounts(session: Session, since: datetime, upto: datetime, lines: int = LINES) -> list[tuple[str, str]]:
    """Return the accounts, with their currencies, that have moved in a span and have `lines` lines to sum up."""
    found = session.execute(_BUSY, {"since": since, "upto": upto, "lines": lines})
    return [(row.account_id, row.currency) for row in found]


def advance(session: Session, account: str, currency: str, upto: datetime) -> None:
    """Sum an account up to a settled moment, beginning from its last checkpoint; never goes back."""
    session.execute(_ADVANCE, {"account": account, "currency": currency, "upto": upto})
