"""SetupIntents: a card that shall be saved."""

from __future__ import annotations

from svc_payments.sandbox.calls import Call
from svc_payments.sandbox.cards import message_of
from svc_payments.sandbox.events import emit
from svc_payments.sandbox.objects.methods import attach, card_of
from svc_payments.sandbox.refusals import declined
from svc_payments.sandbox.store import Store, Thing, random_text, shown


def intent_of(store: Store, session: Thing) -> Thing:
    """Return the SetupIntent of a page, made at the first try."""
    if session["setup_intent"] is not None:
        return store.get("setup_intent", session["setup_intent"])
    intent = store.add(
        "setup_intent",
        application=None,
        automatic_payment_methods=None,
        cancellation_reason=None,
        customer=session["customer"],
        description=None,
        flow_directions=None,
        last_setup_error=None,
        latest_attempt=None,
        mandate=None,
        next_action=None,
        on_behalf_of=None,
        payment_method=None,
        payment_method_options={"card": {"request_three_d_secure": "automatic"}},
        payment_method_types=["card"],
        single_use_mandate=None,
        status="requires_payment_method",
        usage="off_session",
        _session=session["id"],
        **session["_intent"],
    )
    intent["client_secret"] = f"{intent['id']}_secret_{random_text()}"
    emit(store, "setup_intent.created", store.put(intent))
    session["setup_intent"] = intent["id"]
    store.put(session)
    return intent


def confirm(store: Store, intent: Thing, method: Thing, *, pages: str) -> None:
    """Try to save a card.

    Raises:
        Refusal: The bank said no.
    """
    card = card_of(method)
    if not card.saves:
        error = {"code": "card_declined", "decline_code": card.decline, "message": message_of(card.decline)}
        fail(store, intent, {**error, "payment_method": shown(method), "type": "card_error"})
        raise declined("card_declined", card.decline, message_of(card.decline), setup_intent=shown(intent))
    intent["payment_method"] = method["id"]
    if card.asks:
        url = f"{pages}/3ds/{intent['client_secret']}"
        intent["status"] = "requires_action"
        intent["next_action"] = {"redirect_to_url": {"return_url": None, "url": url}, "type": "redirect_to_url"}
        emit(store, "setup_intent.requires_action", store.put(intent))
    else:
        succeed(store, intent, method, proved=False)


def succeed(store: Store, intent: Thing, method: Thing, *, proved: bool) -> None:
    """Save the card."""
    attach(store, method, intent["customer"], proved=proved)
    intent.update(status="succeeded", next_action=None, last_setup_error=None)
    emit(store, "setup_intent.succeeded", store.put(intent))


def fail(store: Store, intent: Thing, error: Thing) -> None:
    """Write down why a card could not be saved."""
    intent.update(status="requires_payment_method", payment_method=None, next_action=None, last_setup_error=error)
    emit(store, "setup_intent.setup_failed", store.put(intent))


def retrieve(call: Call) -> Thing:
    """Return a SetupIntent."""
    return call.store.get("setup_intent", call.ids[0])
