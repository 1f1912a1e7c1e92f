"""Disputes: a bank takes the money back, and may return it."""

from __future__ import annotations

import time

from svc_payments.sandbox.calls import Call
from svc_payments.sandbox.events import emit
from svc_payments.sandbox.lists import page
from svc_payments.sandbox.objects.balance import move
from svc_payments.sandbox.refusals import Refusal
from svc_payments.sandbox.store import Store, Thing

_FEE = 1500
_DAYS_TO_ANSWER = 7


def open_(store: Store, charge: Thing, *, amount: int, reason: str, inquiry: bool) -> Thing:
    """Let the bank of a card complain. An inquiry only asks, and takes nothing."""
    if charge["disputed"]:
        raise Refusal("There is a dispute of that charge already.", code="charge_disputed")
    dispute = store.add(
        "dispute",
        amount=amount,
        balance_transactions=[],
        charge=charge["id"],
        currency=charge["currency"],
        enhanced_eligibility_types=[],
        evidence={},
        evidence_details={
            "due_by": int(time.time()) + _DAYS_TO_ANSWER * 86400,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        is_charge_refundable=inquiry,
        metadata={},
        payment_intent=charge["payment_intent"],
        payment_method_details={
            "card": {
                "brand": "visa",
                "case_type": "inquiry" if inquiry else "chargeback",
                "network_reason_code": "10.4",
            },
            "type": "card",
        },
        reason=reason,
        status="warning_needs_response" if inquiry else "needs_response",
    )
    charge["disputed"] = True
    store.put(charge)
    if not inquiry:
        _move(store, dispute, -amount, _FEE)
    emit(store, "charge.dispute.created", dispute)
    if not inquiry:
        emit(store, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def close(store: Store, dispute: Thing, *, won: bool) -> Thing:
    """Let the bank decide."""
    if dispute["status"] not in ("needs_response", "under_review", "warning_needs_response"):
        raise Refusal("This dispute is already closed.", code="dispute_closed")
    inquiry = dispute["status"].startswith("warning")
    dispute["status"] = "warning_closed" if inquiry else ("won" if won else "lost")
    if won and not inquiry:
        _move(store, dispute, dispute["amount"], 0)
    emit(store, "charge.dispute.closed", store.put(dispute))
    if won and not inquiry:
        emit(store, "charge.dispute.funds_reinstated", dispute)
    return dispute


def _move(store: Store, dispute: Thing, amount: int, fee: int) -> None:
    moved = move(store, kind="adjustment", source=dispute["id"], amount=amount, currency=dispute["currency"], fee=fee)
    dispute["balance_transactions"].append(moved)
    store.put(dispute)


def retrieve(call: Call) -> Thing:
    """Return a dispute."""
    return call.store.get("dispute", call.ids[0])


def list_(call: Call) -> Thing:
    """Return disputes."""
    fields = {name: call.params.text(name) for name in ("charge", "payment_intent")}
    return page(call, "dispute", "/v1/disputes", fields)
