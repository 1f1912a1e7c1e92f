"""Amounts as people write them."""

from __future__ import annotations

from contracts.payments import CURRENCIES


def decimal(amount: int, currency: str) -> str:
    """Return an amount of minor units as a decimal number with a point: `-12.05`; yen have no point."""
    digits = CURRENCIES[currency]
    if not digits:
        return str(amount)
    whole, part = divmod(abs(amount), 10**digits)
    return f"{'-' if amount < 0 else ''}{whole}.{part:0{digits}d}"


def localized(amount: int, currency: str, language: str) -> str:
    """Return an amount with its currency as people of a language write it: `EUR 1,234.50`, `1.234,50 EUR`."""
    number = decimal(abs(amount), currency)
    whole, point, part = number.partition(".")
    sign = "-" if amount < 0 else ""
    if language == "es":
        grouped = f"{int(whole):,}".replace(",", ".") if len(whole) > 4 else whole  # RAE: from five digits on
        return f"{sign}{grouped}{',' if point else ''}{part}\u00a0{currency}"
    return f"{currency}\u00a0{sign}{int(whole):,}{point}{part}"
