"""Cards: made by the pages, saved with a customer, shown and forgotten by the API."""

from __future__ import annotations

from svc_payments.sandbox.calls import Call
from svc_payments.sandbox.cards import CARDS, Card
from svc_payments.sandbox.events import emit
from svc_payments.sandbox.lists import page
from svc_payments.sandbox.refusals import Refusal
from svc_payments.sandbox.store import Store, Thing

_CHECKS = {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"}


def make(store: Store, card: Card, exp_month: int, exp_year: int) -> Thing:
    """Return a new payment method for a card that was typed in."""
    return store.add(
        "payment_method",
        allow_redisplay="limited",
        billing_details={"address": None, "email": None, "name": None, "phone": None, "tax_id": None},
        card={
            "brand": card.brand,
            "checks": _CHECKS,
            "country": "US",
            "display_brand": card.brand,
            "exp_month": exp_month,
            "exp_year": exp_year,
            "fingerprint": f"sandbox{card.number[-8:]}",
            "funding": "credit",
            "generated_from": None,
            "last4": card.number[-4:],
            "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        customer=None,
        customer_account=None,
        metadata={},
        type="card",
        _card=card.number,
        _proved=False,
    )


def card_of(method: Thing) -> Card:
    """Return which test card a payment method is."""
    return next(card for card in CARDS if card.number == method["_card"])


def attach(store: Store, method: Thing, customer: str, *, proved: bool) -> None:
    """Save a card with a customer. `proved`: its holder has answered the bank's question."""
    method["customer"] = customer
    method["_proved"] = proved
    emit(store, "payment_method.attached", store.put(method))


def retrieve(call: Call) -> Thing:
    """Return a payment method."""
    return call.store.get("payment_method", call.ids[0])


def list_(call: Call) -> Thing:
    """Return a customer's saved cards."""
    customer = call.params.needed("customer")
    call.store.get("customer", customer)
    call.params.text("type")  # all are cards
    return page(call, "payment_method", "/v1/payment_methods", {"customer": customer})


def detach(call: Call) -> Thing:
    """Forget a saved card."""
    method = call.store.get("payment_method", call.ids[0])
    if method["customer"] is None:
        raise Refusal("The payment method you provided is not attached to a customer so detachment is impossible.")
    method["customer"] = None
    emit(call.store, "payment_method.detached", call.store.put(method))
    return method
