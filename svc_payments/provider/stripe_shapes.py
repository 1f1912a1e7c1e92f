"""Stripe's objects, read into snapshots."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

import stripe
from stripe.checkout import Session

from svc_payments.provider.base import (
    AccountSnapshot,
    Checkout,
    DisputeSnapshot,
    NotOurs,
    RefundSnapshot,
    SavedMethod,
    TransferSnapshot,
)

#: Names in the metadata of what we make at Stripe; `INSTALLATION` tells our objects from those of a neighbour that
#: uses the same account.
INSTALLATION = "charla_installation"
PAYMENT_ID = "payment_id"
PAYER_ID = "payer_id"
PAYOUT_ID = "payout_id"
USER_ID = "user_id"
#: How a payment is made: only on a page can its payer try another card after a refusal.
VIA = "via"
PAGE = "page"
SAVED = "saved"

_REFUND_STATUS: dict[str, Literal["pending", "succeeded", "failed"]] = {
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}
#: An inquiry that the bank dropped took nothing and counts as won; `prevented` was refunded before it began.
_DISPUTE_STATUS: dict[str, Literal["open", "won", "lost"]] = {
    "won": "won",
    "warning_closed": "won",
    "prevented": "won",
    "lost": "lost",
}


class _Identified(Protocol):
    id: str


def at(seconds: int) -> datetime:
    """Return a time of Stripe's."""
    return datetime.fromtimestamp(seconds, UTC)


def id_of(thing: str | _Identified | None) -> str | None:
    """Return the id of a reference, which Stripe sends as an id or, where asked to, as the object."""
    return thing if isinstance(thing, str) or thing is None else thing.id


def present(thing: Any, name: str) -> Any:
    """Return a field that Stripe sends in some cases only; None in the others."""
    return getattr(thing, name, None)


def metadata_of(thing: Any) -> dict[str, str]:
    """Return the metadata of an object, which may be a bare id or nothing."""
    if thing is None or isinstance(thing, str):
        return {}
    data = present(thing, "metadata")
    return {} if data is None else {str(name): str(value) for name, value in data.to_dict().items()}


def check_ours(metadata: Mapping[str, str], installation: str) -> None:
    """Raise `NotOurs` for an object of somebody else."""
    if metadata.get(INSTALLATION) != installation:
        raise NotOurs("another installation's")


def checkout(session: Session) -> Checkout:
    """Read a page that was just opened."""
    return Checkout(
        session_id=session.id,
        url=session.url or "",
        intent_id=id_of(session.payment_intent),
        expires_at=at(session.expires_at),
    )


def refund(found: stripe.Refund, payment_id: str | None = None) -> RefundSnapshot:
    """Read a refund; where the caller does not know whose, its payment tells (expanded), or what we wrote on it."""
    own = metadata_of(found)
    return RefundSnapshot(
        refund_id=found.id,
        intent_id=id_of(found.payment_intent),
        charge_id=id_of(found.charge),
        payment_id=payment_id or metadata_of(found.payment_intent).get(PAYMENT_ID) or own.get(PAYMENT_ID),
        amount=found.amount,
        currency=found.currency.upper(),
        status=_REFUND_STATUS.get(found.status or "", "pending"),
        failure=present(found, "failure_reason"),
        metadata=own,
        created=at(found.created),
    )


def dispute(found: stripe.Dispute, payment_id: str | None = None) -> DisputeSnapshot:
    """Read a dispute, of the caller's payment or of the expanded one; what it moved is in its balance transactions."""
    moved = found.balance_transactions or []
    return DisputeSnapshot(
        dispute_id=found.id,
        intent_id=id_of(found.payment_intent),
        charge_id=id_of(found.charge) or "",
        payment_id=payment_id or metadata_of(found.payment_intent).get(PAYMENT_ID),
        amount=found.amount,
        currency=found.currency.upper(),
        status=_DISPUTE_STATUS.get(found.status, "open"),
        withdrawn=any(move.amount < 0 for move in moved),
        reinstated=any(move.amount > 0 for move in moved),
        fee=sum(move.fee for move in moved),
        fee_currency=moved[0].currency.upper() if moved else None,
        reason=found.reason,
        created=at(found.created),
    )


def saved_method(found: stripe.PaymentMethod) -> SavedMethod:
    """Read a saved card."""
    card = found.card
    if card is None:
        raise NotOurs("no card")
    return SavedMethod(
        method_id=found.id,
        customer_id=id_of(found.customer) or "",
        brand=card.brand,
        last4=card.last4 or "",
        exp_month=card.exp_month,
        exp_year=card.exp_year,
    )


def account(found: stripe.Account) -> AccountSnapshot:
    """Read an account; it is ready when money can be sent to it and can leave it."""
    wanted = present(found, "requirements")
    due = [*(present(wanted, "currently_due") or []), *(present(wanted, "past_due") or [])]
    transfers = present(present(found, "capabilities"), "transfers")
    return AccountSnapshot(
        account_id=found.id,
        user_id=metadata_of(found).get(USER_ID),
        ready=transfers == "active" and bool(present(found, "payouts_enabled")),
        country=present(found, "country"),
        missing=tuple(dict.fromkeys(due)),
    )


def transfer(found: stripe.Transfer) -> TransferSnapshot:
    """Read a transfer."""
    return TransferSnapshot(
        transfer_id=found.id,
        payout_id=metadata_of(found).get(PAYOUT_ID),
        account_id=id_of(found.destination) or "",
        amount=found.amount,
        amount_reversed=found.amount_reversed,
        currency=found.currency.upper(),
        status="reversed" if found.reversed else "paid",
        created=at(found.created),
    )
