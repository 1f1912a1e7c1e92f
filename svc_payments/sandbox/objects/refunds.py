"""Refunds: at once, after a while, or in the end not at all."""

from __future__ import annotations

from svc_payments.sandbox.calls import Call
from svc_payments.sandbox.events import emit
from svc_payments.sandbox.lists import page
from svc_payments.sandbox.objects.balance import move
from svc_payments.sandbox.objects.methods import card_of
from svc_payments.sandbox.refusals import Refusal, wrong
from svc_payments.sandbox.store import Store, Thing

_LATER_S = 1.0


def create(call: Call) -> Thing:
    """Send back all that is left of a charge, or a part."""
    store, params = call.store, call.params
    charge = _charge(call)
    left = charge["amount"] - charge["amount_refunded"]
    amount = params.number("amount")
    amount = left if amount is None else amount
    reason, metadata = params.text("reason"), params.metadata()
    if not charge["paid"]:
        raise Refusal(f"Charge {charge['id']} was not paid.", code="charge_not_refundable")
    if charge["disputed"]:
        raise Refusal(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
            param="charge",
        )
    if left == 0:
        raise Refusal(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if not 0 < amount <= left:
        raise wrong("amount", f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})")
    params.refuse_unread()
    return _make(store, charge, amount, reason, metadata)


def _charge(call: Call) -> Thing:
    intent_id = call.params.text("payment_intent")
    if intent_id is None:
        return call.store.get("charge", call.params.needed("charge"))
    intent = call.store.get("payment_intent", intent_id)
    if intent["status"] != "succeeded":
        raise wrong("payment_intent", f"The PaymentIntent {intent_id} does not have a successful charge to refund.")
    return call.store.get("charge", intent["latest_charge"])


def _make(store: Store, charge: Thing, amount: int, reason: str | None, metadata: dict[str, str]) -> Thing:
    becomes = card_of(store.get("payment_method", charge["payment_method"])).refund
    refund = store.add(
        "refund",
        amount=amount,
        balance_transaction=None,
        charge=charge["id"],
        currency=charge["currency"],
        destination_details={"card": {"reference_status": "pending", "type": "refund"}, "type": "card"},
        metadata=metadata,
        payment_intent=charge["payment_intent"],
        reason=reason,
        receipt_number=None,
        source_transfer_reversal=None,
        status="pending" if becomes == "pending" else "succeeded",
        transfer_reversal=None,
    )
    refund.pop("livemode")
    moved = move(store, kind="refund", source=refund["id"], amount=-amount, currency=refund["currency"])
    refund["balance_transaction"] = moved["id"]
    store.put(refund)
    _count(store, charge, amount)
    emit(store, "refund.created", refund)
    emit(store, "charge.refunded", charge)
    if becomes != "succeeded":
        store.later(_LATER_S, "refund_succeeds" if becomes == "pending" else "refund_fails", refund["id"])
    return refund


def _count(store: Store, charge: Thing, amount: int) -> None:
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    store.put(charge)


def succeed(store: Store, refund: Thing) -> None:
    """Let a refund that waited arrive."""
    if refund["status"] == "pending":
        refund["status"] = "succeeded"
        emit(store, "refund.updated", store.put(refund))


def fail(store: Store, refund: Thing) -> None:
    """Let the bank send a refund's money back to the platform."""
    if refund["status"] == "failed":
        return
    moved = move(
        store, kind="refund_failure", source=refund["id"], amount=refund["amount"], currency=refund["currency"]
    )
    refund.update(status="failed", failure_reason="expired_or_canceled_card", failure_balance_transaction=moved["id"])
    store.put(refund)
    _count(store, store.get("charge", refund["charge"]), -refund["amount"])
    emit(store, "refund.updated", refund)
    emit(store, "refund.failed", refund)


def retrieve(call: Call) -> Thing:
    """Return a refund."""
    return call.store.get("refund", call.ids[0])


def list_(call: Call) -> Thing:
    """Return refunds."""
    fields = {name: call.params.text(name) for name in ("charge", "payment_intent")}
    return page(call, "refund", "/v1/refunds", fields)
