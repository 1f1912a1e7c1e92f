"""What svc_payments keeps of a person, page by page, for their copy of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import or_
from sqlalchemy.orm import Session

from contracts.payments import CURRENCIES
from plumbing.rows import Plain, page_of
from svc_payments.actions.balances import line_view, with_notes
from svc_payments.ledger import accounts
from svc_payments.ledger.balances import Place, lines_of
from svc_payments.models import Base
from svc_payments.payment_models import Dispute, Payment, PaymentRequest, SavedCard
from svc_payments.plan_models import CouponUse, EntitlementMark, PaidSubscription, Payout, PayoutAccount

PAGE = 500
Cursor = list[str | int] | None
Found = tuple[list[Plain], Cursor]

#: How the provider calls things, and what only says how far some work has come.
_INTERNAL = frozenset(
    {"intent_id", "session_id", "charge_id", "method_id", "action_url", "asked_at", "version", "due_at"}
)
#: What of a payment that somebody got is the payer's alone.
_PAYERS = frozenset({"method", "return_path", "failure", "present", "attempt"})


def list_own(session: Session, user_id: str, section: str, after: Cursor) -> Found:
    """Return a page of one of the `SECTIONS`, and where the next one begins."""
    return SECTIONS[section](session, user_id, after)


def _rows(table: type[Base], owner: str, *keys: str, leave_out: frozenset[str] = frozenset()) -> Callable[..., Found]:
    def found(session: Session, user_id: str, after: Cursor) -> Found:
        columns: Any = table.__table__
        return page_of(session, columns, [columns.c[owner] == user_id], keys, after, PAGE, _INTERNAL | leave_out)

    return found


def _requests(session: Session, user_id: str, after: Cursor) -> Found:
    columns: Any = PaymentRequest.__table__
    mine = or_(columns.c.requester_id == user_id, columns.c.payer_id == user_id)
    return page_of(session, columns, [mine], ["id"], after, PAGE, _INTERNAL)


def _disputes(session: Session, user_id: str, after: Cursor) -> Found:
    columns: Any = Dispute.__table__
    mine = or_(columns.c.payer_id == user_id, columns.c.payee_id == user_id)
    return page_of(session, columns, [mine], ["payment_id", "id"], after, PAGE, frozenset({"provider_id"}))


def _lines(session: Session, user_id: str, after: Cursor) -> Found:
    """Return lines of all of somebody's accounts: one account and currency after the other, the newest first."""
    names = (accounts.person(user_id), accounts.ads(user_id), accounts.in_payout(user_id))
    places = [(account, currency) for account in names for currency in sorted(CURRENCIES)]
    number, before = _line_cursor(after)
    items: list[Plain] = []
    while number < len(places):
        account, currency = places[number]
        found = lines_of(session, account, currency, limit=PAGE - len(items), before=before)
        items += [{"account": account.partition(":")[0], **line_view(line)} for line in with_notes(session, found)]
        if len(items) == PAGE:
            last = found[-1].place
            return items, [number, f"{last.at.isoformat()} {last.transaction_id}", last.line]
        number, before = number + 1, None
    return items, None


def _line_cursor(after: Cursor) -> tuple[int, Place | None]:
    if after is None:
        return 0, None
    number, where, line = after
    at, transaction_id = str(where).split(" ")
    return int(number), Place(datetime.fromisoformat(at), transaction_id, int(line))


SECTIONS: dict[str, Callable[[Session, str, Cursor], Found]] = {
    "payments": _rows(Payment, "payer_id", "id"),
    "payments_received": _rows(Payment, "payee_id", "id", leave_out=_PAYERS),
    "payment_requests": _requests,
    "disputes": _disputes,
    "paid_subscriptions": _rows(PaidSubscription, "user_id", "id"),
    "entitlements": _rows(EntitlementMark, "user_id", "subject_kind", "subject_id"),
    "coupons_used": _rows(CouponUse, "user_id", "channel_id", "code"),
    "cards": _rows(SavedCard, "user_id", "id"),
    "payout_account": _rows(PayoutAccount, "user_id", "user_id"),
    "payouts": _rows(Payout, "user_id", "id"),
    "lines": _lines,
}
