"""Charges: one try to take a payment's money from a card."""

from __future__ import annotations

from svc_payments.sandbox.calls import Call
from svc_payments.sandbox.cards import message_of
from svc_payments.sandbox.events import emit
from svc_payments.sandbox.lists import page
from svc_payments.sandbox.objects.balance import fee_of, move
from svc_payments.sandbox.store import Store, Thing


def make(store: Store, intent: Thing, method: Thing, reason: str | None) -> Thing:
    """Charge a card, or write down that its bank refused with a reason."""
    paid = reason is None
    charge = store.add(
        "charge",
        amount=intent["amount"],
        amount_captured=intent["amount"] if paid else 0,
        amount_refunded=0,
        application=None,
        application_fee=None,
        application_fee_amount=None,
        balance_transaction=None,
        billing_details=method["billing_details"],
        calculated_statement_descriptor="CHARLA SANDBOX",
        captured=paid,
        currency=intent["currency"],
        customer=intent["customer"],
        description=intent["description"],
        disputed=False,
        failure_balance_transaction=None,
        failure_code=None if paid else "card_declined",
        failure_message=None if reason is None else message_of(reason),
        fraud_details={},
        metadata=intent["metadata"],
        on_behalf_of=None,
        outcome=_outcome(reason),
        paid=paid,
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details={"card": {**method["card"], "amount_authorized": intent["amount"]}, "type": "card"},
        receipt_email=None,
        receipt_number=None,
        receipt_url=None,
        refunded=False,
        review=None,
        shipping=None,
        source=None,
        source_transfer=None,
        statement_descriptor=None,
        statement_descriptor_suffix=None,
        status="succeeded" if paid else "failed",
        transfer_data=None,
        transfer_group=None,
    )
    if paid:
        moved = move(
            store,
            kind="charge",
            source=charge["id"],
            amount=charge["amount"],
            currency=charge["currency"],
            fee=fee_of(charge["amount"]),
        )
        charge["balance_transaction"] = moved["id"]
        store.put(charge)
    emit(store, "charge.succeeded" if paid else "charge.failed", charge)
    return charge


def _outcome(reason: str | None) -> Thing:
    if reason is None:
        return {
            "network_status": "approved_by_network",
            "reason": None,
            "risk_level": "normal",
            "seller_message": "Payment complete.",
            "type": "authorized",
        }
    return {
        "network_decline_code": None,
        "network_status": "declined_by_network",
        "reason": reason,
        "risk_level": "normal",
        "seller_message": "The bank did not return any further details with this decline.",
        "type": "issuer_declined",
    }


def retrieve(call: Call) -> Thing:
    """Return a charge."""
    return call.store.get("charge", call.ids[0])


def list_(call: Call) -> Thing:
    """Return charges."""
    fields = {name: call.params.text(name) for name in ("customer", "payment_intent")}
    return page(call, "charge", "/v1/charges", fields)


def retrieve_movement(call: Call) -> Thing:
    """Return a balance transaction."""
    return call.store.get("balance_transaction", call.ids[0])


def list_movements(call: Call) -> Thing:
    """Return balance transactions."""
    fields = {name: call.params.text(name) for name in ("currency", "source", "type")}
    return page(call, "balance_transaction", "/v1/balance_transactions", fields)
