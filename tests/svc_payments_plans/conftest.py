"""The same database, keys and settings as in the tests of the ledger; a provider and channels that are made up."""

from __future__ import annotations

import pytest
from nameko.testing.services import worker_factory

from plumbing.database import Transactions
from plumbing.identity import CallerIdentity
from svc_payments.service import PaymentsService
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
from tests.svc_payments_plans.world import FakeAuth, FakeChannels, FakeProvider, World


@pytest.fixture
def channels() -> FakeChannels:
    """Stands in for svc_subscriptions."""
    return FakeChannels()


@pytest.fixture
def provider() -> FakeProvider:
    """Stands in for the payment provider."""
    return FakeProvider()


@pytest.fixture
def auth() -> FakeAuth:
    """Stands in for svc_auth."""
    return FakeAuth()


@pytest.fixture
def world(db: Transactions, push: FakePush, provider: FakeProvider) -> World:  # noqa: F811
    """People with money, and short ways to let time pass."""
    return World(db, push, provider)


@pytest.fixture
def service(
    db: Transactions,  # noqa: F811
    push: FakePush,  # noqa: F811
    channels: FakeChannels,
    provider: FakeProvider,
    auth: FakeAuth,
) -> PaymentsService:
    """The service on the real database."""
    made: PaymentsService = worker_factory(
        PaymentsService,
        db=db,
        push=push,
        caller=CallerIdentity(),
        provider=provider,
        subscriptions=channels,
        messaging=None,
        auth=auth,
    )
    return made
