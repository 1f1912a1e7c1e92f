"""One API call, as the objects see it."""

from __future__ import annotations

from dataclasses import dataclass

from svc_payments.sandbox.params import Params
from svc_payments.sandbox.refusals import Refusal, wrong
from svc_payments.sandbox.store import Store, Thing

#: Stripe's least and most amount of a payment.
LEAST, MOST = 50, 99_999_999
CURRENCIES = {"eur", "usd", "gbp", "mxn", "jpy"}


@dataclass(frozen=True)
class Call:
    """A call: its parameters, the ids in its path, and where pages are found."""

    store: Store
    params: Params
    ids: tuple[str, ...]
    pages: str


def amount_of(params: Params, name: str = "amount") -> int:
    """Return the amount of a payment.

    Raises:
        Refusal: It is too small or too large.
    """
    amount = params.needed_number(name)
    if amount < LEAST:
        raise wrong(name, "Amount must be at least €0.50 eur", "amount_too_small")
    if amount > MOST:
        raise wrong(name, "Amount must be no more than €999,999.99", "amount_too_large")
    return amount


def currency_of(params: Params) -> str:
    """Return the currency.

    Raises:
        Refusal: The sandbox does not know it.
    """
    currency = params.needed("currency")
    if currency not in CURRENCIES:
        raise wrong("currency", f"Invalid currency: {currency[:10]}.")
    return currency


def check_card_only(params: Params) -> None:
    """Read `allowed_payment_method_types`; cards are all that the sandbox has."""
    if params.texts("allowed_payment_method_types") not in ([], ["card"]):
        raise wrong("allowed_payment_method_types", "The sandbox takes cards only.")


def unexpected_state(thing: Thing, what: str) -> Refusal:
    """Return the refusal of something that the state of a payment does not allow."""
    return Refusal(
        f"This PaymentIntent's payment could not be {what} because it has a status of {thing['status']}.",
        code="payment_intent_unexpected_state",
    )
