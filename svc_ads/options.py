"""The options of svc_ads alone, beside the settings that all processes share."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from contracts.payments import CURRENCIES


@dataclass(frozen=True, kw_only=True)
class Options:
    """Typed options; each field is the environment variable of the same name.

    Attributes:
        ads_currency: The one currency of all bids and budgets.
    """

    ads_currency: str = "EUR"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Options:
        """Return options from `environment`; what it lacks keeps its default.

        Raises:
            ValueError: Charla does not take that currency.
        """
        currency = environment.get("ADS_CURRENCY", cls.ads_currency)
        if currency not in CURRENCIES:
            raise ValueError(f"ADS_CURRENCY is one of {', '.join(sorted(CURRENCIES))}, not {currency}")
        return cls(ads_currency=currency)


@cache
def options() -> Options:
    """Return this process's options, read once."""
    return Options.from_environment(os.environ)
