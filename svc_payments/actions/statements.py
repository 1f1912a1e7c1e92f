"""The statement of a month: a CSV file (RFC 4180) of an account that adds up from its first line to its last."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from contracts.clock import rfc3339
from svc_payments.actions.balances import with_notes
from svc_payments.ledger import accounts
from svc_payments.ledger.balances import Line, lines_of
from svc_payments.money import decimal

COLUMNS = ("date", "kind", "payment", "transaction", "note", "amount", "balance", "currency")
PAGE = 1_000
#: A cell that begins with one of these is a formula to spreadsheets.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_BEFORE = text(
    "SELECT CAST(coalesce(sum(amount), 0) AS bigint) FROM ledger_entries "
    "WHERE account_id = :account AND currency = :currency AND at < :moment"
)


def month_of(year: int, month: int) -> tuple[datetime, datetime]:
    """Return when a month begins, and when the next one does."""
    following = (year + month // 12, month % 12 + 1)
    return datetime(year, month, 1, tzinfo=UTC), datetime(*following, 1, tzinfo=UTC)


def statement(session: Session, user_id: str, currency: str, year: int, month: int) -> str:
    """Return the statement of somebody's account in a month (UTC), with its opening and its closing balance.

    It is read in one snapshot, so that it adds up also while money arrives.
    """
    session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    since, until = month_of(year, month)
    account = accounts.person(user_id)
    asked = {"account": account, "currency": currency, "moment": since}
    opening: int = session.execute(_BEFORE, asked).scalar_one()
    return _written(_all_lines(session, account, currency, since, until), opening, currency, since, until)


def _all_lines(session: Session, account: str, currency: str, since: datetime, until: datetime) -> list[Line]:
    """Return all lines of the span, the oldest first."""
    found: list[Line] = []
    while True:
        before = found[-1].place if found else None
        page = lines_of(session, account, currency, limit=PAGE, before=before, since=since, until=until)
        found += with_notes(session, page)
        if len(page) < PAGE:
            return found[::-1]


def _written(lines: Iterable[Line], opening: int, currency: str, since: datetime, until: datetime) -> str:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerow((rfc3339(since), "opening_balance", "", "", "", "", decimal(opening, currency), currency))
    balance = opening
    for line in lines:
        balance += line.amount
        writer.writerow(
            (
                rfc3339(line.at),
                line.kind,
                line.payment_id or "",
                line.transaction_id,
                harmless(line.memo),
                decimal(line.amount, currency),
                decimal(balance, currency),
                currency,
            )
        )
    writer.writerow((rfc3339(until), "closing_balance", "", "", "", "", decimal(balance, currency), currency))
    return file.getvalue()


def harmless(cell: str) -> str:
    """Return what somebody wrote so that no spreadsheet takes it for a formula."""
    return f"'{cell}" if cell.lstrip(" \u00a0\ufeff").startswith(_FORMULA) else cell
