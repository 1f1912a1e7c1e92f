"""Payouts by Stripe: Connect, with separate charges and transfers."""

from __future__ import annotations

from svc_payments.provider import stripe_shapes as shapes
from svc_payments.provider.base import AccountSnapshot, TransferSnapshot
from svc_payments.provider.stripe_desk import Desk
from svc_payments.provider.stripe_http import asking


class Payouts(Desk):
    """The part of `Provider` that sends people their money."""

    def make_account(self, *, call_id: str, user_id: str, country: str) -> str:
        """Return the id of a new Express account that can only receive transfers."""
        with asking():
            made = self._client.v1.accounts.create(
                {
                    "type": "express",
                    "country": country,
                    "capabilities": {"transfers": {"requested": True}},
                    "metadata": self._metadata(user_id=user_id),
                },
                {"idempotency_key": call_id},
            )
        return made.id

    def onboarding_url(self, account_id: str, return_url: str) -> str:
        """Return Stripe's page of questions."""
        with asking():
            link = self._client.v1.account_links.create(
                {
                    "account": account_id,
                    "type": "account_onboarding",
                    "refresh_url": return_url,
                    "return_url": return_url,
                }
            )
        return link.url

    def fetch_account(self, account_id: str) -> AccountSnapshot:
        """Return whether payouts can go there."""
        with asking():
            found = self._client.v1.accounts.retrieve(account_id)
        self._check(found)
        return shapes.account(found)

    def transfer(
        self, *, call_id: str, payout_id: str, account_id: str, amount: int, currency: str
    ) -> TransferSnapshot:
        """Send a person their money."""
        with asking():
            made = self._client.v1.transfers.create(
                {
                    "amount": amount,
                    "currency": currency.lower(),
                    "destination": account_id,
                    "transfer_group": payout_id,
                    "metadata": self._metadata(payout_id=payout_id),
                },
                {"idempotency_key": call_id},
            )
        return shapes.transfer(made)

    def fetch_transfer(self, transfer_id: str) -> TransferSnapshot:
        """Return what became of a transfer."""
        with asking():
            found = self._client.v1.transfers.retrieve(transfer_id)
        self._check(found)
        return shapes.transfer(found)
