"""The field types and errors that all requests about money are made of."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta

from contracts import payments as contract
from contracts.base import ServiceError
from gateway_flask.fields import ID_PATTERN, MAX_SAFE

#: Seconds for calls that ask the payment provider.
PROVIDER_PATIENCE_S = 8.0

Amount = Annotated[int, Meta(ge=1, le=MAX_SAFE, description="In whole minor units of the currency.")]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", max_length=3, description="ISO 4217; EUR, USD, GBP, MXN or JPY.")]
Note = Annotated[str, Meta(max_length=contract.MAX_NOTE)]
Method = Annotated[
    str, Meta(pattern="^[A-Za-z0-9_-]{1,100}$", description="`balance`, `card`, or the id of a saved payment method.")
]
ReturnPath = Annotated[
    str,
    Meta(
        pattern=r"^/([^/\\].*)?$", max_length=500,
        description="Where the provider's page leads back to, within the web client.",
    ),
]  # fmt: skip

#: What can stand in the way of each payment.
PAYING: tuple[type[ServiceError], ...] = (
    contract.AmountInvalid, contract.CurrencyUnknown, contract.MethodInvalid, contract.UnknownPaymentMethod,
    contract.BalanceTooLow, contract.TooManyOpenPayments, contract.ProviderAway,
)  # fmt: skip

_PLAN = re.compile(f"ad_free|{ID_PATTERN}")


def a_plan(text: str) -> str:
    """Return a plan's id of a path: a channel's plan, or `ad_free`, the platform's own.

    Raises:
        UnknownPlan: It is no such id.
    """
    if _PLAN.fullmatch(text) is None:
        raise contract.UnknownPlan
    return text
