"""A database with the stack's two roles, keys and settings of their own for the tests of svc_payments."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from plumbing import sealing
from plumbing.database import Transactions, transactions
from plumbing.redis_client import new_redis
from plumbing.settings import Settings
from svc_payments import models, payment_models, plan_models  # noqa: F401 - their tables are emptied
from tests.payments_base import Owner
from tests.services import FakePush, operator, own_database, running_as

REDIS_DATABASE = 15


@pytest.fixture(scope="session")
def ops() -> dict[str, str]:
    """The environment of the running stack's operator."""
    return operator()


@pytest.fixture(scope="session")
def database_url(ops: dict[str, str]) -> Iterator[str]:
    """A database made for this run, to be filled by the real migrations."""
    with own_database(ops, "payments") as url:
        yield url


@pytest.fixture(scope="session", autouse=True)
def configured(database_url: str, ops: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a payments process with keys of its own."""
    os.environ["TOKEN_SECRET"] = "for these tests alone, and long enough"
    with running_as("payments", ops, database_url, tmp_path_factory.mktemp("keys"), REDIS_DATABASE) as settings:
        sealing.derived_key.cache_clear()
        yield settings


@pytest.fixture(scope="session")
def owner(ops: dict[str, str], configured: Settings) -> Owner:
    """Somebody who may rewrite history."""
    return Owner(ops, configured.database_url)


@pytest.fixture(scope="session")
def database(configured: Settings) -> Transactions:
    """The test's database, as the service's own role sees it."""
    return transactions(configured.database_url, pool_size=30)


@pytest.fixture
def db(database: Transactions, owner: Owner, configured: Settings) -> Transactions:
    """The test's database and Redis, empty."""
    owner.empty()
    new_redis(configured.redis_url).flushdb()
    return database


@pytest.fixture
def push() -> FakePush:
    """What was pushed to open sockets."""
    return FakePush()
