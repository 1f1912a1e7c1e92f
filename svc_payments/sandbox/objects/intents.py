"""PaymentIntents: a payment, from the wish to the end."""

from __future__ import annotations

import time
from typing import Any

from svc_payments.sandbox.calls import Call, amount_of, check_card_only, currency_of, unexpected_state
from svc_payments.sandbox.events import emit
from svc_payments.sandbox.lists import page
from svc_payments.sandbox.objects.confirming import confirm
from svc_payments.sandbox.refusals import Refusal, wrong
from svc_payments.sandbox.store import Store, Thing, random_text


def make(store: Store, *, amount: int, currency: str, metadata: dict[str, str], **fields: Any) -> Thing:
    """Return a new payment that waits for a card."""
    secret = random_text()
    intent = store.add(
        "payment_intent",
        amount=amount,
        amount_capturable=0,
        amount_details={"tip": {}},
        amount_received=0,
        allowed_payment_method_types=["card"],
        application=None,
        application_fee_amount=None,
        automatic_payment_methods=None,
        canceled_at=None,
        cancellation_reason=None,
        capture_method="automatic_async",
        confirmation_method="automatic",
        currency=currency,
        customer=None,
        customer_account=None,
        description=None,
        last_payment_error=None,
        latest_charge=None,
        metadata=metadata,
        next_action=None,
        on_behalf_of=None,
        payment_method=None,
        payment_method_options={"card": {"request_three_d_secure": "automatic"}},
        payment_method_types=["card"],
        processing=None,
        receipt_email=None,
        review=None,
        setup_future_usage=None,
        shipping=None,
        source=None,
        statement_descriptor=None,
        statement_descriptor_suffix=None,
        status="requires_payment_method",
        transfer_data=None,
        transfer_group=None,
        _session=None,
        _return_url=None,
    )
    intent["client_secret"] = f"{intent['id']}_secret_{secret}"
    intent.update(fields)
    emit(store, "payment_intent.created", store.put(intent))
    return intent


def create(call: Call) -> Thing:
    """Make a payment with a saved card, and charge it where `confirm` says so."""
    params = call.params
    amount, currency = amount_of(params), currency_of(params)
    check_card_only(params)
    customer = params.needed("customer")
    call.store.get("customer", customer)
    method = call.store.get("payment_method", params.needed("payment_method"))
    if method["customer"] != customer:
        raise wrong("payment_method", f"The customer does not have a payment method with the ID {method['id']}.")
    confirmed, absent, return_url = params.flag("confirm"), params.flag("off_session"), params.address("return_url")
    if (absent or return_url) and not confirmed:
        raise wrong("off_session" if absent else "return_url", "This parameter needs `confirm`.")
    intent = make(
        call.store,
        amount=amount,
        currency=currency,
        metadata=params.metadata(),
        customer=customer,
        payment_method=method["id"],
        description=params.text("description"),
        status="requires_confirmation",
        _return_url=return_url,
    )
    params.refuse_unread()  # before any money moves
    if confirmed:
        confirm(call.store, intent, method, pages=call.pages, absent=absent)
    return intent


def retrieve(call: Call) -> Thing:
    """Return a payment."""
    return call.store.get("payment_intent", call.ids[0])


def list_(call: Call) -> Thing:
    """Return payments."""
    return page(call, "payment_intent", "/v1/payment_intents", {"customer": call.params.text("customer")})


def cancel(call: Call) -> Thing:
    """Give up a payment."""
    intent = call.store.get("payment_intent", call.ids[0])
    reason = call.params.text("cancellation_reason")
    if intent["_session"] is not None:
        raise Refusal("You cannot cancel a PaymentIntent of a Checkout Session. Expire the session instead.")
    if intent["status"] in ("succeeded", "canceled", "processing"):
        raise unexpected_state(intent, "canceled")
    return give_up(call.store, intent, reason)


def give_up(store: Store, intent: Thing, reason: str | None) -> Thing:
    """End a payment that nobody has paid."""
    intent.update(status="canceled", cancellation_reason=reason, next_action=None, canceled_at=int(time.time()))
    emit(store, "payment_intent.canceled", store.put(intent))
    return intent
