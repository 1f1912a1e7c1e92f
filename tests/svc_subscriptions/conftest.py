"""A database, keys and settings of their own for the tests of svc_subscriptions, in the running stack."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from nameko.testing.services import worker_factory

from plumbing import sealing
from plumbing.database import Transactions, transactions
from plumbing.identity import CallerIdentity
from plumbing.settings import Settings
from svc_subscriptions import notification_models  # noqa: F401 - its tables are emptied too
from svc_subscriptions.models import Base
from svc_subscriptions.service import SubscriptionsService
from tests.services import FakePush, empty, operator, own_database, running_as
from tests.svc_subscriptions.channels import Club, FakeMessaging, make_club

REDIS_DATABASE = 12


@pytest.fixture(scope="session")
def ops() -> dict[str, str]:
    """The environment of the running stack's operator."""
    return operator()


@pytest.fixture(scope="session")
def database_url(ops: dict[str, str]) -> Iterator[str]:
    """A database made for this run, to be filled by the real migrations."""
    with own_database(ops, "subscriptions") as url:
        yield url


@pytest.fixture(scope="session", autouse=True)
def configured(database_url: str, ops: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a subscriptions process with keys of its own."""
    os.environ["TOKEN_SECRET"] = "for these tests alone, and long enough"
    with running_as("subscriptions", ops, database_url, tmp_path_factory.mktemp("keys"), REDIS_DATABASE) as settings:
        sealing.derived_key.cache_clear()
        yield settings


@pytest.fixture(scope="session")
def database(configured: Settings) -> Transactions:
    """The test's database."""
    return transactions(configured.database_url, pool_size=20)


@pytest.fixture
def db(database: Transactions, configured: Settings) -> Transactions:
    """The test's database and Redis, empty."""
    empty(database, Base, configured.redis_url)
    return database


@pytest.fixture
def push() -> FakePush:
    """What was pushed to open sockets."""
    return FakePush()


@pytest.fixture
def messaging() -> FakeMessaging:
    """Stands in for svc_messaging."""
    return FakeMessaging()


@pytest.fixture
def service(db: Transactions, push: FakePush, messaging: FakeMessaging) -> SubscriptionsService:
    """The service on the real database."""
    made: SubscriptionsService = worker_factory(
        SubscriptionsService, db=db, push=push, caller=CallerIdentity(), messaging=messaging
    )
    return made


@pytest.fixture
def club(db: Transactions, push: FakePush) -> Club:
    """A public channel with one person of each role."""
    return make_club(db, push)


@pytest.fixture
def secret(db: Transactions, push: FakePush) -> Club:
    """A private channel with one person of each role."""
    return make_club(db, push, visibility="private")
