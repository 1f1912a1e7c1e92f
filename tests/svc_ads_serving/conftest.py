"""A database, keys and settings of their own for the tests of how ads are served, in the running stack."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from plumbing import sealing
from plumbing.database import Transactions, transactions
from plumbing.redis_client import new_redis
from plumbing.settings import Settings
from svc_ads import tickets
from svc_ads.models import Base
from tests.services import empty, operator, own_database, running_as
from tests.svc_ads_serving.shop import Shop

REDIS_DATABASE = 8


@pytest.fixture(scope="session")
def ops() -> dict[str, str]:
    """The environment of the running stack's operator."""
    return operator()


@pytest.fixture(scope="session")
def database_url(ops: dict[str, str]) -> Iterator[str]:
    """A database made for this run, to be filled by the real migrations."""
    with own_database(ops, "ads") as url:
        yield url


@pytest.fixture(scope="session", autouse=True)
def configured(database_url: str, ops: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of an ads process with keys of its own."""
    os.environ["TOKEN_SECRET"] = "for these tests alone, and long enough"
    with running_as("ads", ops, database_url, tmp_path_factory.mktemp("keys"), REDIS_DATABASE) as settings:
        sealing.derived_key.cache_clear()
        tickets._signer.cache_clear()
        yield settings


@pytest.fixture(scope="session")
def database(configured: Settings) -> Transactions:
    """The test's database."""
    return transactions(configured.database_url, pool_size=30)


@pytest.fixture
def db(database: Transactions, configured: Settings) -> Transactions:
    """The test's database and Redis, empty."""
    empty(database, Base, configured.redis_url)
    return database


@pytest.fixture
def shop(db: Transactions, configured: Settings) -> Shop:
    """A server of ads, and short ways to what it needs."""
    return Shop(db, new_redis(configured.redis_url))
