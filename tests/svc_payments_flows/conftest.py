"""A market on the real database, with the sandbox as a process of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from uuid import uuid4

import pytest

from plumbing.database import Transactions
from svc_payments.options import options
from svc_payments.provider.stripe_provider import StripeProvider
from tests.payments_base import receiver, right, running, sandbox  # noqa: F401 - fixtures
from tests.services import FakePush
from tests.svc_payments.conftest import (  # noqa: F401 - fixtures
    configured,
    database,
    database_url,
    db,
    ops,
    owner,
    push,
)
from tests.svc_payments_flows.market import Market
from tests.svc_payments_provider.sandbox_process import KEY, WEBHOOK_SECRET, Receiver, Sandbox


@pytest.fixture(autouse=True)
def options_of_tests(
    monkeypatch: pytest.MonkeyPatch,
    sandbox: Sandbox,  # noqa: F811
) -> Iterator[None]:
    """The service's options: this sandbox, and a fee of 5%."""
    monkeypatch.setitem(os.environ, "STRIPE_SECRET_KEY", KEY)
    monkeypatch.setitem(os.environ, "STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET)
    monkeypatch.setitem(os.environ, "STRIPE_API_BASE", sandbox.url)
    monkeypatch.setitem(os.environ, "PAYMENTS_FEE_BPS", "500")
    options.cache_clear()
    yield
    options.cache_clear()


@pytest.fixture
def market(
    db: Transactions,  # noqa: F811
    push: FakePush,  # noqa: F811
    sandbox: Sandbox,  # noqa: F811
    receiver: Receiver,  # noqa: F811
) -> Iterator[Market]:
    """A market whose books are right when the test is over."""
    provider = StripeProvider(KEY, WEBHOOK_SECRET, sandbox.url, 2.0, installation=f"test-{uuid4().hex}")
    found = Market(db, push, sandbox, receiver, provider)
    found.quiet()
    receiver.messages.clear()
    yield found
    right(db)
