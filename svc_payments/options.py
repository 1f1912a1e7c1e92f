"""The options of svc_payments alone, beside the settings that all processes share."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache

from contracts.payments import CURRENCIES


@dataclass(frozen=True, kw_only=True)
class Options:
    """Typed options; each field is the environment variable of the same name. Times are seconds.

    Attributes:
        stripe_secret_key: The key by which the provider knows us.
        stripe_webhook_secret: What the provider signs its messages with.
        stripe_api_base: Where the provider is found; empty for Stripe itself.
        payments_installation: Our name at the provider, for good. Objects of other names are left alone, so that
            several installations, or another shop, may share one account of Stripe.
        payments_fee_bps: The platform's fee, in hundredths of a percent.
        payments_hold_s: How long card payments are held before they may be spent.
        payments_grace_s: How long access goes on after a renewal failed.
        payments_period_days: How long a plan's period lasts.
        ad_free_price: What a period without advertising costs, such as `EUR:299`.
    """

    stripe_secret_key: str = ""
    stripe_webhook_secret: str = ""
    stripe_api_base: str = ""
    payments_installation: str = "charla"
    payments_fee_bps: int = 500
    payments_hold_s: int = 7 * 24 * 3600
    payments_grace_s: int = 3 * 24 * 3600
    payments_period_days: int = 30
    ad_free_price: str = "EUR:299"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Options:
        """Return options from `environment`; what it lacks keeps its default.

        Raises:
            ValueError: A number is not a number, the fee is none, or the price has no known currency.
        """
        values: dict[str, object] = {}
        for field in fields(cls):
            text = environment.get(field.name.upper())
            if text is not None:
                values[field.name] = type(getattr(cls, field.name))(text)
        found = cls(**values)  # type: ignore[arg-type]
        if not 0 <= found.payments_fee_bps <= 10_000:
            raise ValueError(f"PAYMENTS_FEE_BPS is between 0 and 10000, not {found.payments_fee_bps}")
        found.ad_free()
        return found

    def ad_free(self) -> tuple[str, int]:
        """Return the currency and the amount of a period without advertising.

        Raises:
            ValueError: The price is not written like `EUR:299`.
        """
        currency, _, amount = self.ad_free_price.partition(":")
        if currency not in CURRENCIES or not amount.isdecimal():
            raise ValueError(f"AD_FREE_PRICE is written like EUR:299, not {self.ad_free_price}")
        return currency, int(amount)


@cache
def options() -> Options:
    """Return this process's options, read once."""
    return Options.from_environment(os.environ)
