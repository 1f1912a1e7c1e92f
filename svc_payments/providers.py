"""What the processes of svc_payments stand on beside the plumbing: the payment provider."""

from __future__ import annotations

from typing import Any

from nameko.extensions import DependencyProvider

from svc_payments.options import options
from svc_payments.provider.base import Provider
from svc_payments.provider.stripe_provider import StripeProvider


def new_provider() -> Provider:
    """Return the payment provider that is configured."""
    found = options()
    return StripeProvider(found.stripe_secret_key, found.stripe_webhook_secret, found.stripe_api_base or None)


class PaymentsProvider(DependencyProvider):
    """Gives a service `self.provider`, the payment provider that is configured."""

    def setup(self) -> None:
        """Make it; nothing is asked of it yet."""
        self._provider = new_provider()

    def get_dependency(self, worker_ctx: Any) -> Provider:
        """Return the provider, which all workers share."""
        return self._provider
