"""The provider of the service, against a sandbox that runs as a process and is spoken to over HTTP."""

from __future__ import annotations

import sys
from pathlib import Path
from uuid import uuid4

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from fixture_types import Open, Paid, Save  # noqa: E402
from sandbox_process import BACK, KEY, WEBHOOK_SECRET, Sandbox, pay, send  # noqa: E402

from svc_payments.provider.base import Checkout, PaymentSnapshot  # noqa: E402
from svc_payments.provider.stripe_provider import StripeProvider  # noqa: E402
from tests.payments_base import receiver, running, sandbox  # noqa: E402, F401 - fixtures


@pytest.fixture
def provider(sandbox: Sandbox) -> StripeProvider:  # noqa: F811
    """The provider of an installation of this test's own, so that its lists have nothing of others."""
    return StripeProvider(KEY, WEBHOOK_SECRET, sandbox.url, 2.0, installation=f"test-{uuid4().hex}")


@pytest.fixture
def customer(provider: StripeProvider) -> str:
    return provider.make_customer(call_id=uuid4().hex, user_id="user-1")


@pytest.fixture
def open_page(provider: StripeProvider) -> Open:
    """Opens a page to pay on; anything about it can be said otherwise."""

    def made(**otherwise: object) -> Checkout:
        arguments: dict[str, object] = {
            "call_id": uuid4().hex,
            "payment_id": uuid4().hex,
            "payer_id": "user-1",
            "customer_id": None,
            "amount": 1000,
            "currency": "EUR",
            "title": "A tip",
            "return_url": BACK,
        }
        return provider.open_checkout(**{**arguments, **otherwise})  # type: ignore[arg-type]

    return made


@pytest.fixture
def paid(provider: StripeProvider, open_page: Open) -> Paid:
    """Makes a payment that has succeeded."""

    def made(card: str = "4242424242424242", **otherwise: object) -> PaymentSnapshot:
        page = open_page(**otherwise)
        pay(page.url, card)
        found = provider.fetch_payment(session_id=page.session_id)
        assert found.status == "succeeded"
        return found

    return made


@pytest.fixture
def saved(provider: StripeProvider, customer: str) -> Save:
    """Saves a card of the customer; returns its id."""

    def made(card: str) -> str:
        page = provider.open_setup(call_id=uuid4().hex, user_id="user-1", customer_id=customer, return_url=BACK)
        assert pay(page.url, card) == BACK
        return provider.list_methods(customer)[0].method_id

    return made


@pytest.fixture
def account(provider: StripeProvider, sandbox: Sandbox) -> str:  # noqa: F811
    """An account that payouts can go to."""
    made = provider.make_account(call_id=uuid4().hex, user_id="user-2", country="ES")
    send(provider.onboarding_url(made, BACK), answer="complete")
    return made
