"""The provider that is Stripe: Checkout for cards, Connect for payouts."""

from __future__ import annotations

from svc_payments.provider.base import Provider, WebhookEvent
from svc_payments.provider.stripe_http import new_client
from svc_payments.provider.stripe_lists import Lists
from svc_payments.provider.stripe_paying import Paying
from svc_payments.provider.stripe_payouts import Payouts
from svc_payments.provider.stripe_refunds import Refunds
from svc_payments.provider.stripe_webhooks import read_webhook

TIMEOUT_S = 5.0


class StripeProvider(Paying, Refunds, Payouts, Lists, Provider):
    """A `Provider`, for all workers of a process.

    Args:
        secret_key: Stripe's, or the sandbox's.
        webhook_secret: With which messages are signed; without one, all of them are refused.
        api_base: Address of the sandbox; None for Stripe's own.
        timeout: Seconds that one try may take; there are two.
        installation: Name of this Charla. Objects of other names on the same account are left alone.
    """

    def __init__(
        self,
        secret_key: str,
        webhook_secret: str,
        api_base: str | None = None,
        timeout: float = TIMEOUT_S,
        *,
        installation: str = "charla",
    ) -> None:
        super().__init__(new_client(secret_key, api_base, timeout), installation)
        self._webhook_secret = webhook_secret
        self._live = secret_key.startswith(("sk_live_", "rk_live_"))

    def read_webhook(self, body: bytes, signature: str) -> WebhookEvent:
        """Return what a message says."""
        return read_webhook(body, signature, secret=self._webhook_secret, livemode=self._live)
