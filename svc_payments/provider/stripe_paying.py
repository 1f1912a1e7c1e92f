"""Paying at Stripe: pages of Checkout, and saved cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from svc_payments.provider import stripe_shapes as shapes
from svc_payments.provider.base import Checkout, PaymentSnapshot, ProviderRefused, SavedMethod
from svc_payments.provider.stripe_desk import PAGE, Desk
from svc_payments.provider.stripe_http import asking
from svc_payments.provider.stripe_payments import EXPANSIONS

if TYPE_CHECKING:
    from stripe.params.checkout import SessionCreateParams


class Paying(Desk):
    """The part of `Provider` that brings money in."""

    def open_checkout(
        self,
        *,
        call_id: str,
        payment_id: str,
        payer_id: str,
        customer_id: str | None,
        amount: int,
        currency: str,
        title: str,
        return_url: str,
        save_card: bool = False,
    ) -> Checkout:
        """Open a page on which the payer pays."""
        metadata = self._metadata(payment_id=payment_id, payer_id=payer_id, via=shapes.PAGE)
        params: SessionCreateParams = {
            "mode": "payment",
            "allowed_payment_method_types": ["card"],
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": currency.lower(),
                        "unit_amount": amount,
                        "product_data": {"name": title or "Charla"},
                    },
                }
            ],
            "client_reference_id": payment_id,
            "metadata": metadata,
            "payment_intent_data": {"metadata": metadata, "description": title or "Charla"},
            "success_url": return_url,
            "cancel_url": return_url,
        }
        if customer_id is not None:
            params["customer"] = customer_id
        if save_card:
            params["payment_intent_data"]["setup_future_usage"] = "off_session"
        return self._open(params, call_id)

    def open_setup(self, *, call_id: str, user_id: str, customer_id: str, return_url: str) -> Checkout:
        """Open a page on which a card is saved."""
        metadata = self._metadata(user_id=user_id)
        params: SessionCreateParams = {
            "mode": "setup",
            "allowed_payment_method_types": ["card"],
            "customer": customer_id,
            "metadata": metadata,
            "setup_intent_data": {"metadata": metadata},
            "success_url": return_url,
            "cancel_url": return_url,
        }
        return self._open(params, call_id)

    def _open(self, params: SessionCreateParams, call_id: str) -> Checkout:
        with asking():
            session = self._client.v1.checkout.sessions.create(params, {"idempotency_key": call_id})
        return shapes.checkout(session)

    def charge_saved(
        self,
        *,
        call_id: str,
        payment_id: str,
        payer_id: str,
        customer_id: str,
        method_id: str,
        amount: int,
        currency: str,
        title: str,
        return_url: str,
        present: bool = True,
    ) -> PaymentSnapshot:
        """Charge a saved card."""
        metadata = self._metadata(payment_id=payment_id, payer_id=payer_id, via=shapes.SAVED)
        with asking():
            intent = self._client.v1.payment_intents.create(
                {
                    "amount": amount,
                    "currency": currency.lower(),
                    "customer": customer_id,
                    "payment_method": method_id,
                    "allowed_payment_method_types": ["card"],
                    "confirm": True,
                    "off_session": not present,
                    "return_url": return_url,
                    "description": title or "Charla",
                    "metadata": metadata,
                    "expand": list(EXPANSIONS),
                },
                {"idempotency_key": call_id},
            )
            return self._payments.of_intent(intent)

    def fetch_payment(self, *, session_id: str | None = None, intent_id: str | None = None) -> PaymentSnapshot:
        """Return what became of a payment."""
        with asking():
            if session_id is not None:
                return self._payments.session(session_id)
            if intent_id is not None:
                return self._payments.intent(intent_id)
        raise ProviderRefused("no_id", "Neither a session nor an intent was named.")

    def expire_checkout(self, session_id: str) -> PaymentSnapshot:
        """Close a page, unless somebody paid on it."""
        try:
            with asking():
                self._client.v1.checkout.sessions.expire(session_id)
        except ProviderRefused:
            pass  # it is closed already, or it does not exist: the next question tells
        return self.fetch_payment(session_id=session_id)

    def cancel_intent(self, intent_id: str) -> PaymentSnapshot:
        """Give up a payment, unless it is over already."""
        try:
            with asking():
                self._client.v1.payment_intents.cancel(intent_id)
        except ProviderRefused:
            pass  # as above
        return self.fetch_payment(intent_id=intent_id)

    def make_customer(self, *, call_id: str, user_id: str) -> str:
        """Return the id under which a person's cards are saved; Stripe learns no name and no address."""
        with asking():
            made = self._client.v1.customers.create(
                {"metadata": self._metadata(user_id=user_id)}, {"idempotency_key": call_id}
            )
        return made.id

    def list_methods(self, customer_id: str) -> list[SavedMethod]:
        """Return a person's saved cards, newest first."""
        with asking():
            pages = self._client.v1.payment_methods.list({"customer": customer_id, "type": "card", "limit": PAGE})
            return [shapes.saved_method(found) for found in pages.auto_paging_iter()]

    def detach_method(self, method_id: str) -> None:
        """Forget a saved card."""
        with asking():
            if shapes.id_of(self._client.v1.payment_methods.retrieve(method_id).customer) is not None:
                self._client.v1.payment_methods.detach(method_id)
