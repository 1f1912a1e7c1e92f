"""A database, keys and outside systems of their own for the tests of observers and notifications."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
from nameko.testing.services import worker_factory
from sqlalchemy import text

from plumbing import sealing
from plumbing.database import Transactions, transactions
from plumbing.identity import CallerIdentity
from plumbing.redis_client import new_redis
from plumbing.settings import Settings, settings
from svc_subscriptions import notification_models  # noqa: F401 - its tables are emptied too
from svc_subscriptions.models import Base
from svc_subscriptions.service import SubscriptionsService
from svc_subscriptions.worker import SubscriptionsWorker
from tests.services import FakePush, operator, own_database, running_as
from tests.svc_subscriptions.channels import Club, FakeMessaging, make_club
from tests.svc_subscriptions_notifications.outside import FakeAuth, PushService, Receiver
from tests.svc_subscriptions_notifications.people import Hand

REDIS_DATABASE = 13
SECRET = "a secret of the tests, long enough to be one"


@pytest.fixture(scope="session")
def ops() -> dict[str, str]:
    """The environment of the running stack's operator."""
    return operator()


@pytest.fixture(scope="session")
def database_url(ops: dict[str, str]) -> Iterator[str]:
    """A database made for this run, to be filled by the real migrations."""
    with own_database(ops, "notifications") as url:
        yield url


@pytest.fixture(scope="session", autouse=True)
def configured(database_url: str, ops: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a subscriptions process with keys of its own."""
    os.environ["TOKEN_SECRET"] = SECRET
    with running_as("subscriptions", ops, database_url, tmp_path_factory.mktemp("keys"), REDIS_DATABASE) as found:
        sealing.derived_key.cache_clear()
        yield found


@pytest.fixture
def allow() -> Iterator[Callable[..., None]]:
    """Lets requests leave for addresses on this machine: `allow("127.0.0.1:80")`."""

    def set_(*places: str) -> None:
        known = [each for each in settings().outgoing_allow.split(",") if each]
        os.environ["OUTGOING_ALLOW"] = ",".join([*known, *places])
        settings.cache_clear()

    yield set_
    os.environ.pop("OUTGOING_ALLOW", None)
    settings.cache_clear()


@pytest.fixture(scope="session")
def database(configured: Settings) -> Transactions:
    """The test's database."""
    return transactions(configured.database_url, pool_size=20)


@pytest.fixture
def db(database: Transactions, configured: Settings) -> Transactions:
    """The test's database and Redis, empty."""
    names = ", ".join(table.name for table in Base.metadata.sorted_tables)
    with database.transaction() as session:
        session.execute(text(f"TRUNCATE {names}"))
    new_redis(configured.redis_url).flushdb()
    return database


@pytest.fixture
def push() -> FakePush:
    """What was pushed to open sockets."""
    return FakePush()


@pytest.fixture
def auth() -> FakeAuth:
    """Stands in for svc_auth."""
    return FakeAuth()


@pytest.fixture
def service(db: Transactions, push: FakePush, auth: FakeAuth) -> SubscriptionsService:
    """The service on the real database."""
    made: SubscriptionsService = worker_factory(
        SubscriptionsService, db=db, push=push, caller=CallerIdentity(), messaging=FakeMessaging(), auth=auth
    )
    return made


@pytest.fixture
def worker(db: Transactions, push: FakePush) -> SubscriptionsWorker:
    """The worker on the real database."""
    made: SubscriptionsWorker = worker_factory(SubscriptionsWorker, db=db, push=push)
    return made


@pytest.fixture
def club(db: Transactions, push: FakePush) -> Club:
    """A public channel with one person of each role."""
    return make_club(db, push)


@pytest.fixture
def push_service(allow: Callable[..., None]) -> Iterator[PushService]:
    """A push service on this machine that decrypts what it gets."""
    with PushService() as found:
        allow(found.place)
        yield found


@pytest.fixture
def receiver(allow: Callable[..., None]) -> Iterator[Receiver]:
    """A webhook on this machine."""
    with Receiver() as found:
        allow(found.place)
        yield found


@pytest.fixture
def hand(db: Transactions, push: FakePush, push_service: PushService) -> Hand:
    """Devices, walks, pushes and lists."""
    return Hand(db, push, push_service)
