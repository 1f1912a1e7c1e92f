"""People, conversations and a database of their own for the tests of what people do with messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from contracts.base import new_id
from contracts.messaging import MessageView, SendResult
from plumbing.database import Transactions, transactions
from plumbing.settings import Settings
from svc_messaging import live
from svc_messaging.actions import changes, conversations, indexing, sending
from svc_messaging.actions.composing import compose
from svc_messaging.message_models import Poll
from svc_messaging.models import Base, Message, ScheduledMessage
from tests.services import FakePush, operator, own_database, running_as

REDIS_DATABASE = 11
Outcome = TypeVar("Outcome")


@pytest.fixture(scope="session")
def ops() -> dict[str, str]:
    """The environment of the running stack's operator."""
    return operator()


@pytest.fixture(scope="session")
def database_url(ops: dict[str, str]) -> Iterator[str]:
    """A database made for this run, which no running service touches."""
    with own_database(ops, "features") as url:
        yield url


@pytest.fixture(scope="session", autouse=True)
def configured(database_url: str, ops: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a messaging process, and the tables by the real migrations."""
    with running_as("messaging", ops, database_url, tmp_path_factory.mktemp("keys"), REDIS_DATABASE) as settings:
        yield settings


@pytest.fixture(scope="session")
def database(configured: Settings) -> Transactions:
    """The test's database."""
    return transactions(configured.database_url, pool_size=10)


@pytest.fixture
def db(database: Transactions) -> Transactions:
    """The test's database, empty."""
    with database.transaction() as session:
        for table in Base.metadata.sorted_tables:
            session.execute(table.delete())
    return database


@pytest.fixture
def push() -> FakePush:
    """What was pushed to open sockets."""
    return FakePush()


class Talk:
    """The test's hand on the service: it does things as people do them, and looks at what came of it."""

    def __init__(self, db: Transactions, push: FakePush) -> None:
        self.db = db
        self.push = push
        self.ada, self.ben, self.eve = new_id(), new_id(), new_id()

    def do(self, action: Callable[..., Outcome], *args: Any, **facts: Any) -> Outcome:
        """Run an action in a transaction of its own, and push its frames like a door does."""
        with self.db.transaction() as session:
            outcome = action(session, *args, **facts)
        self.push.many(live.collected(session))
        return outcome

    def group(self, owner: str, *others: str) -> str:
        return self.do(conversations.create_group, owner, list(others), "The choir")

    def direct(self, one: str, other: str) -> str:
        return self.do(conversations.create_direct, one, other)

    def send(self, conversation_id: str, author_id: str, text: str = "hello", **facts: Any) -> SendResult:
        item: Any = {"conversation_id": conversation_id, "client_msg_id": new_id(), "text": text, **facts}
        return self.do(sending.send_all, [compose(item, author_id)])[0]

    def say(self, conversation_id: str, author_id: str, text: str = "hello", **facts: Any) -> MessageView:
        return self.send(conversation_id, author_id, text, **facts)["message"]

    def poll(self, conversation_id: str, author_id: str, **facts: Any) -> MessageView:
        poll = {"question": "When?", "options": ["Monday", "Tuesday", "Friday"], **facts}
        return self.say(conversation_id, author_id, "", poll=poll)

    def schedule(self, conversation_id: str, author_id: str, text: str = "later", **facts: Any) -> str:
        """Schedule a message whose time has come already; return its scheduled id."""
        send_at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        scheduled_id = self.send(conversation_id, author_id, text, send_at=send_at, **facts)["scheduled"]["id"]
        self.do(_move, ScheduledMessage, ScheduledMessage.id == scheduled_id, send_at=long_ago())
        return scheduled_id

    def let_expire(self, message_id: str) -> None:
        self.do(_move, Message, Message.id == message_id, expires_at=long_ago())

    def let_close(self, message_id: str) -> None:
        self.do(_move, Poll, Poll.message_id == message_id, closes_at=long_ago())

    def changes(self, conversation_id: str, user_id: str) -> list[str]:
        """Return the types of all changes of a conversation; their log has no gap, or this raises."""
        with self.db.reading() as session:
            items, ver, more = changes.list_changes(session, conversation_id, user_id, 0, 500)
        assert [item["ver"] for item in items] == list(range(1, ver + 1))
        assert not more
        return [item["type"] for item in items]

    def index(self, *messages: MessageView) -> None:
        self.do(indexing.index_messages, [(each["conversation_id"], each["id"]) for each in messages])

    def count(self, query: Any) -> int:
        with self.db.reading() as session:
            return int(session.execute(query).scalar_one())


def long_ago() -> datetime:
    return datetime.now(UTC) - timedelta(seconds=1)


def _move(session: Session, table: type[Base], condition: Any, **values: Any) -> None:
    session.execute(update(table).where(condition).values(**values).execution_options(synchronize_session=False))


@pytest.fixture
def talk(db: Transactions, push: FakePush) -> Talk:
    """Three people and what they do."""
    return Talk(db, push)
