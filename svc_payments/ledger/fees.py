"""The platform's fee. Rounding is half up, once for each amount."""

from __future__ import annotations


def fee_of(amount: int, bps: int) -> int:
    """Return the fee of `bps` hundredths of a percent on an amount."""
    return (amount * bps + 5_000) // 10_000


def fee_of_refund(amount: int, fee: int, refunded_before: int, refunded_now: int) -> int:
    """Return the part of a payment's fee that goes back with a refund.

    All refunds together give back what one refund of their sum would have, so that the last part of a full
    refund gives back the last of the fee, in however many parts it comes.

    Args:
        amount: What the payment was.
        fee: What was taken of it.
        refunded_before: The sum of the refunds until now.
        refunded_now: What goes back now.
    """
    return _share(amount, fee, refunded_before + refunded_now) - _share(amount, fee, refunded_before)


def _share(amount: int, fee: int, refunded: int) -> int:
    return (2 * fee * refunded + amount) // (2 * amount)
