"""What a copy of somebody's data consists of: sections, each of one service, fetched page by page."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session as Db

from plumbing.rows import as_plain, page_of
from svc_auth.models import AuditEntry, Factor, Identity, Session, User

PAGE = 500


class Section(NamedTuple):
    """A file of the copy: what one service keeps under one word."""

    service: str
    name: str

    @property
    def path(self) -> str:
        """The file's name within the copy."""
        return f"{self.service}/{self.name}.json"


SECTIONS = tuple(
    Section(service, name)
    for service, names in (
        ("auth", "account sessions factors identities history"),
        ("messaging", "conversations messages reactions votes drafts scheduled blocks reports"),
        ("subscriptions", "channels posts reactions notifications preferences devices observers"),
        ("media", "media"),
        (
            "payments",
            "payments payments_received payment_requests disputes paid_subscriptions entitlements coupons_used cards"
            " payout_account payouts lines",
        ),
        (
            "ads",
            "preferences consents hidden_campaigns decisions views clicks reports advertiser campaigns creatives"
            " channels approvals",
        ),
        # Later ones stand last: a copy that is under way goes on by their numbers.
        ("messaging", "webhooks commands"),
    )
    for name in names.split()
)

_OWN: dict[str, tuple[Any, str]] = {
    "sessions": (Session, "session_id"),
    "factors": (Factor, "factor_id"),
    "identities": (Identity, "identity_id"),
    "history": (AuditEntry, "audit_id"),
}
_SECRETS = frozenset({"password_hash", "last_step", "sign_count"})


def list_own(db: Db, user_id: str, name: str, after: str | None) -> tuple[list[dict[str, Any]], str | None]:
    """Return a page of what svc_auth itself keeps of somebody, and where the next one begins."""
    if name == "account":
        rows = db.execute(select(User.__table__).where(User.user_id == user_id)).mappings().all()
        return [as_plain(row, _SECRETS) for row in rows], None
    model, key = _OWN[name]
    cursor = [after] if after is not None else None
    items, last = page_of(
        db, model.__table__, [model.user_id == user_id], [key], cursor, PAGE, leave_out=_SECRETS
    )  # fmt: skip
    return items, str(last[0]) if last else None
