"""A database, keys and settings of their own for the tests of svc_messaging, in the running stack."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import text

from contracts.base import new_id
from plumbing.database import Transactions, transactions
from plumbing.redis_client import new_redis
from plumbing.settings import Settings
from svc_messaging.actions import conversations
from svc_messaging.models import Base
from tests.services import operator, own_database, running_as
from tests.svc_messaging.rooms import Room, make_room

REDIS_DATABASE = 10


@pytest.fixture(scope="session")
def ops() -> dict[str, str]:
    """The environment of the running stack's operator."""
    return operator()


@pytest.fixture(scope="session")
def database_url(ops: dict[str, str]) -> Iterator[str]:
    """A database made for this run, to be filled by the real migrations."""
    with own_database(ops, "messaging") as url:
        yield url


@pytest.fixture(scope="session", autouse=True)
def configured(database_url: str, ops: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a messaging process with keys of its own."""
    with running_as("messaging", ops, database_url, tmp_path_factory.mktemp("keys"), REDIS_DATABASE) as settings:
        yield settings


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
def room(db: Transactions) -> Room:
    """A group of three people."""
    return make_room(db)


@pytest.fixture
def direct(db: Transactions) -> Room:
    """A direct conversation of `ada` and `bob`; `eve` is a stranger like `zoe`."""
    ada, bob = new_id(), new_id()
    with db.transaction() as session:
        conversation_id = conversations.create_direct(session, ada, bob)
    return Room(db, conversation_id, ada, bob, eve=new_id())


@pytest.fixture
def unread(db: Transactions) -> Callable[[str, str], int]:
    """Counts what a person has not read in a conversation."""

    def count(conversation_id: str, user_id: str) -> int:
        with db.reading() as session:
            return conversations.get_place(session, conversation_id, user_id)[2]

    return count
