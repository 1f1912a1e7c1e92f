"""Checkout Sessions: a page, and what becomes of it."""

from __future__ import annotations

import time

from svc_payments.sandbox.calls import LEAST, MOST, Call, amount_of, check_card_only, currency_of
from svc_payments.sandbox.events import emit
from svc_payments.sandbox.lists import page
from svc_payments.sandbox.objects import intents
from svc_payments.sandbox.params import Params
from svc_payments.sandbox.refusals import Refusal, wrong
from svc_payments.sandbox.store import Store, Thing

_LIFE_S = 24 * 3600


def create(call: Call) -> Thing:
    """Open a page to pay or to save a card on."""
    params = call.params
    mode = params.needed("mode")
    if mode not in ("payment", "setup"):
        raise wrong("mode", "The sandbox knows the modes payment and setup.")
    check_card_only(params)
    customer = params.text("customer")
    if customer is not None:
        call.store.get("customer", customer)
    paying = _paying(params, customer) if mode == "payment" else _saving(params, customer)
    made = call.store.add(
        "checkout.session",
        allowed_payment_method_types=["card"],
        automatic_tax={"enabled": False, "liability": None, "provider": None, "status": None},
        billing_address_collection=None,
        cancel_url=params.address("cancel_url"),
        client_reference_id=params.text("client_reference_id"),
        client_secret=None,
        consent=None,
        consent_collection=None,
        custom_fields=[],
        custom_text={"after_submit": None, "shipping_address": None, "submit": None},
        customer=customer,
        customer_creation=None if customer else "if_required",
        customer_details=None,
        customer_email=None,
        expires_at=int(time.time()) + _LIFE_S,
        invoice=None,
        locale=params.text("locale"),
        metadata=params.metadata(),
        mode=mode,
        payment_intent=None,
        payment_method_collection="always" if mode == "payment" else "if_required",
        payment_method_options={"card": {"request_three_d_secure": "automatic"}},
        payment_method_types=["card"],
        payment_status="unpaid" if mode == "payment" else "no_payment_required",
        setup_intent=None,
        shipping_options=[],
        status="open",
        submit_type=None,
        subscription=None,
        success_url=params.needed_address("success_url"),
        ui_mode="hosted_page",
        **paying,
    )
    made["url"] = f"{call.pages}/c/{made['id']}"
    call.store.later(_LIFE_S, "expire", made["id"])
    return call.store.put(made)


def _paying(params: Params, customer: str | None) -> Thing:
    """Read what shall be paid."""
    total, currency, title = 0, "", ""
    for item in params.parts("line_items"):
        price = item.part("price_data")
        quantity = item.number("quantity") or 1
        total += amount_of(price, "unit_amount") * quantity
        currency = currency_of(price)
        title = price.part("product_data").needed("name")
    if not LEAST <= total <= MOST:
        raise wrong("line_items", "The total amount is too small or too large.", "amount_too_small")
    data = params.part("payment_intent_data")
    usage = data.text("setup_future_usage")
    if usage and customer is None:
        raise wrong("payment_intent_data[setup_future_usage]", "Saving a card needs a customer.")
    wished = {"metadata": data.metadata(), "description": data.text("description"), "setup_future_usage": usage}
    return {"amount_subtotal": total, "amount_total": total, "currency": currency, "_title": title, "_intent": wished}


def _saving(params: Params, customer: str | None) -> Thing:
    if customer is None:
        raise wrong("customer", "The sandbox saves cards for customers only.", "parameter_missing")
    wished = {"metadata": params.part("setup_intent_data").metadata()}
    return {"amount_subtotal": None, "amount_total": None, "currency": None, "_title": "", "_intent": wished}


def intent_of(store: Store, session: Thing) -> Thing:
    """Return the payment of a page, made at the first try to pay."""
    if session["payment_intent"] is not None:
        return store.get("payment_intent", session["payment_intent"])
    intent = intents.make(
        store,
        amount=session["amount_total"],
        currency=session["currency"],
        customer=session["customer"],
        _session=session["id"],
        **session["_intent"],
    )
    session["payment_intent"] = intent["id"]
    store.put(session)
    return intent


def complete(store: Store, session: Thing) -> None:
    """Close a page whose work is done."""
    if session["mode"] == "payment":
        session["payment_status"] = "paid"
    session.update(status="complete", url=None)
    emit(store, "checkout.session.completed", store.put(session))


def retrieve(call: Call) -> Thing:
    """Return a page."""
    return call.store.get("checkout.session", call.ids[0])


def list_(call: Call) -> Thing:
    """Return pages."""
    fields = {name: call.params.text(name) for name in ("customer", "payment_intent", "status")}
    return page(call, "checkout.session", "/v1/checkout/sessions", fields)


def expire(call: Call) -> Thing:
    """Close a page on which nobody has paid."""
    session = call.store.get("checkout.session", call.ids[0])
    if session["status"] != "open":
        raise Refusal(
            'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of {session['status']}."
        )
    return close(call.store, session)


def close(store: Store, session: Thing) -> Thing:
    """Close an open page, and give up its payment."""
    session.update(status="expired", url=None)
    if session["payment_intent"] is not None:
        intents.give_up(store, store.get("payment_intent", session["payment_intent"]), "automatic")
    emit(store, "checkout.session.expired", store.put(session))
    return session
