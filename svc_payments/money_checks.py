"""Checks of what people say about money: every refusal is an `Invalid` with a stable code."""

from __future__ import annotations

from contracts.base import Invalid
from contracts.payments import (
    CURRENCIES,
    MAX_NOTE,
    AmountInvalid,
    CurrencyUnknown,
    MethodInvalid,
    limits_of,
)
from plumbing import checks

MAX_PATH = 500
MAX_METHOD = 100


def a_currency(value: object) -> str:
    """Return a currency that Charla takes.

    Raises:
        CurrencyUnknown: It is none.
    """
    if not isinstance(value, str) or value not in CURRENCIES:
        raise CurrencyUnknown(field="currency", known=sorted(CURRENCIES))
    return value


def an_amount(value: object, currency: str, field: str = "amount") -> int:
    """Return an amount of minor units within the limits of one payment.

    Raises:
        AmountInvalid: It is not.
    """
    least, most = limits_of(currency)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise AmountInvalid(field=field, least=least, most=most)
    return value


def a_part(value: object, most: int) -> int:
    """Return a part of an amount: 1 to `most` minor units.

    Raises:
        AmountInvalid: It is none.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise AmountInvalid(field="amount", least=1, most=most)
    return value


def a_note(value: object, field: str = "note") -> str:
    """Return a short text for the other side."""
    return checks.a_text(value, field, MAX_NOTE)


def a_method(value: object) -> str:
    """Return `balance`, `card`, or what may be the id of a saved card.

    Raises:
        MethodInvalid: It is none of these.
    """
    if not isinstance(value, str) or not 0 < len(value) <= MAX_METHOD or not value.isascii():
        raise MethodInvalid(field="method")
    if value not in ("balance", "card") and not value.replace("_", "").isalnum():
        raise MethodInvalid(field="method")
    return value


def a_return_path(value: object) -> str:
    """Return a path on Charla's own pages, to which the provider may send people back.

    Browsers read `//host`, and paths with backslashes or controls in them, as addresses of others.
    """
    path = checks.a_text(value, "return_path", MAX_PATH)
    fine = path.startswith("/") and not path.startswith("//") and "\\" not in path
    if not fine or not all("!" <= each <= "~" for each in path):
        raise Invalid("That is not a path on Charla.", code="return_path_invalid", field="return_path")
    return path
