"""What the fixtures of this folder give."""

from __future__ import annotations

from collections.abc import Callable

from svc_payments.provider.base import Checkout, PaymentSnapshot

Open = Callable[..., Checkout]
Paid = Callable[..., PaymentSnapshot]
Save = Callable[[str], str]
Charge = Callable[..., PaymentSnapshot]
