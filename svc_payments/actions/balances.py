"""What a person has: in each currency, and line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from contracts.clock import rfc3339
from contracts.payments import CURRENCIES, BalanceView, LineView
from svc_payments.ledger import accounts
from svc_payments.ledger.balances import Line, Place, balance_of, lines_of
from svc_payments.payment_models import Payment

_USED = text(
    """
    SELECT currency FROM unnest(CAST(:currencies AS text[])) AS known (currency)
    WHERE EXISTS (
      SELECT FROM ledger_entries AS entry
      WHERE entry.account_id = ANY (CAST(:accounts AS text[])) AND entry.currency = known.currency
    )
    ORDER BY currency
    """
)


def list_balances(session: Session, user_id: str) -> list[BalanceView]:
    """Return what somebody has, in each currency that they ever had."""
    names = [accounts.person(user_id), accounts.in_payout(user_id), accounts.ads(user_id)]
    used = session.execute(_USED, {"currencies": list(CURRENCIES), "accounts": names}).scalars().all()
    return [_balance(session, user_id, currency) for currency in used]


def _balance(session: Session, user_id: str, currency: str) -> BalanceView:
    own = balance_of(session, accounts.person(user_id), currency)
    return {
        "currency": currency,
        "available": own.available,
        "pending": own.pending,
        "in_payout": balance_of(session, accounts.in_payout(user_id), currency).total,
        "ads": balance_of(session, accounts.ads(user_id), currency).total,
    }


def list_lines(session: Session, user_id: str, currency: str, limit: int, before: Place | None) -> list[Line]:
    """Return lines of somebody's account, the newest first."""
    found = lines_of(session, accounts.person(user_id), currency, limit=limit, before=before)
    return with_notes(session, found)


def with_notes(session: Session, lines: Sequence[Line]) -> list[Line]:
    """Return lines with the notes of their payments as memos: the ledger itself keeps nobody's words."""
    wanted = {line.payment_id for line in lines if line.payment_id is not None}
    rows = session.execute(select(Payment.id, Payment.note).where(Payment.id.in_(wanted), Payment.note != ""))
    notes = {row.id: row.note for row in rows}
    return [replace(line, memo=line.memo or notes.get(str(line.payment_id), "")) for line in lines]


def line_view(line: Line) -> LineView:
    """Return a line as its account's owner sees it."""
    return {
        "transaction_id": line.transaction_id,
        "kind": line.kind,
        "amount": line.amount,
        "currency": line.currency,
        "payment_id": line.payment_id,
        "available_at": rfc3339(line.available_at),
        "at": rfc3339(line.at),
        "memo": line.memo,
    }
