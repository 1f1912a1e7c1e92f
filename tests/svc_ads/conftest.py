"""A database, keys and settings of their own for the tests of svc_ads, in the running stack."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from nameko.testing.services import worker_factory

from plumbing import sealing
from plumbing.database import Transactions, transactions
from plumbing.identity import CallerIdentity
from plumbing.settings import Settings
from svc_ads.models import Base
from svc_ads.service import AdsService
from tests.services import FakePush, empty, operator, own_database, running_as
from tests.svc_ads.world import FakeLedger, FakeMedia, FakeSubscriptions, World

REDIS_DATABASE = 14


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
def ledger(tmp_path: Path) -> Iterator[FakeLedger]:
    """Stands in for svc_payments; processes of a test share it, and nobody may owe anything in the end."""
    made = FakeLedger(tmp_path / "ledger.json")
    yield made
    with made.books() as books:
        assert all(amount >= 0 for amount in books["ads"].values())


@pytest.fixture
def subscriptions() -> FakeSubscriptions:
    """Stands in for svc_subscriptions."""
    return FakeSubscriptions()


@pytest.fixture
def media() -> FakeMedia:
    """Stands in for svc_media."""
    return FakeMedia()


@pytest.fixture
def service(db: Transactions, ledger: FakeLedger, subscriptions: FakeSubscriptions, media: FakeMedia) -> AdsService:
    """The service on the real database."""
    made: AdsService = worker_factory(
        AdsService,
        db=db,
        push=FakePush(),
        caller=CallerIdentity(),
        payments=ledger,
        subscriptions=subscriptions,
        media=media,
    )
    return made


@pytest.fixture
def world(db: Transactions, service: AdsService, ledger: FakeLedger, subscriptions: FakeSubscriptions) -> World:
    """An advertiser with money, and short ways to what a test needs."""
    return World(db, service, ledger, subscriptions)
