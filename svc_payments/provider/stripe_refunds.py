"""Money that goes back by Stripe: refunds and disputes."""

from __future__ import annotations

from collections.abc import Mapping

from svc_payments.provider import stripe_shapes as shapes
from svc_payments.provider.base import DisputeSnapshot, RefundSnapshot
from svc_payments.provider.stripe_desk import Desk
from svc_payments.provider.stripe_http import asking


class Refunds(Desk):
    """The part of `Provider` that gives money back."""

    def refund(self, *, call_id: str, intent_id: str, amount: int, metadata: Mapping[str, str]) -> RefundSnapshot:
        """Send money back."""
        with asking():
            found = self._client.v1.refunds.create(
                {
                    "payment_intent": intent_id,
                    "amount": amount,
                    "metadata": {**metadata, shapes.INSTALLATION: self._installation},
                    "expand": ["payment_intent"],
                },
                {"idempotency_key": call_id},
            )
        return shapes.refund(found)

    def fetch_refund(self, refund_id: str) -> RefundSnapshot:
        """Return what became of a refund."""
        with asking():
            found = self._client.v1.refunds.retrieve(refund_id, {"expand": ["payment_intent"]})
        self._check(found.payment_intent)
        return shapes.refund(found)

    def fetch_dispute(self, dispute_id: str) -> DisputeSnapshot:
        """Return how a dispute stands."""
        with asking():
            found = self._client.v1.disputes.retrieve(dispute_id, {"expand": ["payment_intent"]})
        self._check(found.payment_intent)
        return shapes.dispute(found)
