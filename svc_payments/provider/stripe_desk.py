"""What all calls to Stripe stand on."""

from __future__ import annotations

import stripe

from svc_payments.provider import stripe_shapes as shapes
from svc_payments.provider.base import NotOurs
from svc_payments.provider.stripe_payments import PaymentReader

#: How many objects a page of a list has at most.
PAGE = 100


class Desk:
    """One installation's place at Stripe.

    Args:
        client: The connection.
        installation: Name of this Charla, which everything that we make bears.
    """

    def __init__(self, client: stripe.StripeClient, installation: str) -> None:
        self._client = client
        self._installation = installation
        self._payments = PaymentReader(client, installation)

    def _metadata(self, **values: str) -> dict[str, str]:
        return {**values, shapes.INSTALLATION: self._installation}

    def _check(self, owned: object) -> None:
        shapes.check_ours(shapes.metadata_of(owned), self._installation)

    def _is_ours(self, owned: object) -> bool:
        try:
            self._check(owned)
        except NotOurs:
            return False
        return True
