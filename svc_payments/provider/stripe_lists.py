"""All that Stripe has of us since some time, for the reconciliation."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from svc_payments.provider import stripe_shapes as shapes
from svc_payments.provider.base import DisputeSnapshot, PaymentSnapshot, RefundSnapshot, TransferSnapshot
from svc_payments.provider.stripe_desk import PAGE, Desk
from svc_payments.provider.stripe_http import asking
from svc_payments.provider.stripe_payments import EXPANSIONS


class Lists(Desk):
    """The part of `Provider` that looks at everything; objects of other installations are left out."""

    def list_payments(self, since: datetime) -> Iterator[PaymentSnapshot]:
        """Yield payments; each is whole, as if it had been fetched."""
        expand = [f"data.{name}" for name in EXPANSIONS]
        with asking():
            pages = self._client.v1.payment_intents.list(
                {"created": {"gte": _second(since)}, "limit": PAGE, "expand": expand}
            )
            for intent in pages.auto_paging_iter():
                if self._is_ours(intent):
                    yield self._payments.of_intent(intent)

    def list_refunds(self, since: datetime) -> Iterator[RefundSnapshot]:
        """Yield refunds."""
        with asking():
            pages = self._client.v1.refunds.list(
                {"created": {"gte": _second(since)}, "limit": PAGE, "expand": ["data.payment_intent"]}
            )
            for found in pages.auto_paging_iter():
                if self._is_ours(found.payment_intent):
                    yield shapes.refund(found)

    def list_disputes(self, since: datetime) -> Iterator[DisputeSnapshot]:
        """Yield disputes."""
        with asking():
            pages = self._client.v1.disputes.list(
                {"created": {"gte": _second(since)}, "limit": PAGE, "expand": ["data.payment_intent"]}
            )
            for found in pages.auto_paging_iter():
                if self._is_ours(found.payment_intent):
                    yield shapes.dispute(found)

    def list_transfers(self, since: datetime) -> Iterator[TransferSnapshot]:
        """Yield transfers."""
        with asking():
            pages = self._client.v1.transfers.list({"created": {"gte": _second(since)}, "limit": PAGE})
            for found in pages.auto_paging_iter():
                if self._is_ours(found):
                    yield shapes.transfer(found)


def _second(since: datetime) -> int:
    return int(since.timestamp())
