"""What happens when a payment meets a card: paid, refused, or first a question of the bank."""

from __future__ import annotations

from svc_payments.sandbox.cards import message_of
from svc_payments.sandbox.events import emit
from svc_payments.sandbox.objects import charges
from svc_payments.sandbox.objects.methods import attach, card_of
from svc_payments.sandbox.refusals import Refusal, declined
from svc_payments.sandbox.store import Store, Thing, shown

_DISPUTED_AFTER_S = 1.0


def confirm(store: Store, intent: Thing, method: Thing, *, pages: str, absent: bool = False) -> None:
    """Try a card.

    Args:
        store: Where all is kept.
        intent: The payment; it is changed.
        method: The card.
        pages: Where the bank's question is asked.
        absent: Its holder cannot be asked anything.

    Raises:
        Refusal: The bank said no; what was done until then stays.
    """
    card = card_of(method)
    asks = card.asks == "always" or (card.asks == "unless_saved" and not (absent and method["_proved"]))
    intent["payment_method"] = method["id"]
    if asks and absent:
        raise _refuse(store, intent, method, "authentication_required", code="authentication_required")
    if asks:
        _ask(store, intent, pages)
    elif card.decline:
        raise _refuse(store, intent, method, card.decline)
    else:
        pay(store, intent, method, proved=False)


def pay(store: Store, intent: Thing, method: Thing, *, proved: bool) -> None:
    """Take the money. `proved`: the bank's question was answered."""
    charge = charges.make(store, intent, method, None)
    intent.update(
        status="succeeded",
        amount_received=intent["amount"],
        latest_charge=charge["id"],
        last_payment_error=None,
        next_action=None,
    )
    emit(store, "payment_intent.succeeded", store.put(intent))
    if intent["setup_future_usage"] and method["customer"] is None:
        attach(store, method, intent["customer"], proved=proved)
    if card_of(method).disputes:
        store.later(_DISPUTED_AFTER_S, "dispute", charge["id"])


def unproved(store: Store, intent: Thing) -> None:
    """Write down that the bank's question was not answered rightly."""
    message = "The provided PaymentMethod has failed authentication."
    _fail(store, intent, {"code": "payment_intent_authentication_failure", "message": message, "type": "card_error"})


def _ask(store: Store, intent: Thing, pages: str) -> None:
    url = f"{pages}/3ds/{intent['client_secret']}"
    intent["status"] = "requires_action"
    intent["next_action"] = {
        "redirect_to_url": {"return_url": intent["_return_url"], "url": url},
        "type": "redirect_to_url",
    }
    emit(store, "payment_intent.requires_action", store.put(intent))


def _refuse(store: Store, intent: Thing, method: Thing, reason: str, code: str = "card_declined") -> Refusal:
    charge = charges.make(store, intent, method, reason)
    intent["latest_charge"] = charge["id"]
    message = message_of(reason)
    _fail(
        store,
        intent,
        {
            "charge": charge["id"],
            "code": code,
            "decline_code": reason,
            "message": message,
            "payment_method": shown(method),
            "type": "card_error",
        },
    )
    return declined(code, reason, message, charge=charge["id"], payment_intent=shown(intent))


def _fail(store: Store, intent: Thing, error: Thing) -> None:
    intent.update(status="requires_payment_method", payment_method=None, next_action=None, last_payment_error=error)
    emit(store, "payment_intent.payment_failed", store.put(intent))
