"""Stripe's test cards, and what each of them does. Other numbers are refused, and never stored or logged."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Card:
    """A card for tests.

    Attributes:
        number: As it is typed.
        name: Key of the sentence that tells what it does (`svc_payments.sandbox.words`).
        brand: As Stripe writes it.
        decline: The bank's reason to refuse each charge.
        saves: Can be saved although charges are refused.
        asks: When the bank wants its holder: `unless_saved`, `always`; empty for never.
        disputes: Its holder complains by himself, after a charge.
        refund: What becomes of a refund: at once `succeeded`, `pending` before, or `failed` afterwards.
    """

    number: str
    name: str
    brand: str = "visa"
    decline: str = ""
    saves: bool = True
    asks: str = ""
    disputes: bool = False
    refund: str = "succeeded"


CARDS = (
    Card(number="4242424242424242", name="card_pays"),
    Card(number="5555555555554444", name="card_pays", brand="mastercard"),
    Card(number="4000002500003155", name="card_asks", asks="unless_saved"),
    Card(number="4000002760003184", name="card_always_asks", asks="always"),
    Card(number="4000000000000002", name="card_declined", decline="generic_decline", saves=False),
    Card(number="4000000000009995", name="card_empty", decline="insufficient_funds", saves=False),
    Card(number="4000000000000341", name="card_saves_only", decline="generic_decline"),
    Card(number="4000000000000259", name="card_disputes", disputes=True),
    Card(number="4000000000005126", name="card_refund_fails", refund="failed"),
    Card(number="4000000000007726", name="card_refund_waits", refund="pending"),
)
_BY_NUMBER = {card.number: card for card in CARDS}
_MESSAGES = {
    "insufficient_funds": "Your card has insufficient funds.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}


def card_of(number: str) -> Card | None:
    """Return the test card of a number, however it was spaced."""
    return _BY_NUMBER.get("".join(number.split()).replace("-", ""))


def message_of(reason: str) -> str:
    """Return Stripe's sentence for a bank's reason."""
    return _MESSAGES.get(reason, "Your card was declined.")
