"""People, conversations and a database of their own for the tests of what people do with messages."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text, update
from sqlalchemy.orm import Session

from contracts.base import new_id
from contracts.messaging import MessageView, SendResult
from plumbing import codec
from plumbing.database import Transactions, transactions
from plumbing.settings import Settings, settings
from stack.running import load
from svc_messaging import live
from svc_messaging.actions import changes, conversations, indexing, sending
from svc_messaging.actions.composing import compose
from svc_messaging.models import Base, Message, Poll, ScheduledMessage

ROOT = Path(__file__).parent.parent.parent
Outcome = TypeVar("Outcome")
Frame = dict[str, Any]


@pytest.fixture(scope="session")
def ops() -> dict[str, str]:
    """The environment of the running stack's operator."""
    return dict(load(os.environ.get("CHARLA_RUN_DIR")).env("ops"))


@pytest.fixture(scope="session")
def database_url(ops: dict[str, str]) -> Iterator[str]:
    """A database made for this run, which no running service touches."""
    name = f"test_features_{uuid4().hex[:12]}"
    admin = create_engine(ops["DATABASE_URL"], isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(ops["DATABASE_URL"]).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(scope="session", autouse=True)
def configured(database_url: str, ops: dict[str, str]) -> Iterator[Settings]:
    """Settings of a messaging process, and the tables by the real migrations."""
    wanted = {
        "SERVICE_NAME": "messaging",
        "DATABASE_URL": database_url,
        "AMQP_URI": ops["TEST_AMQP_URI"],
        "REDIS_URL": ops["REDIS_URL"],
        "HEALTH_PORT": "0",
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    settings.cache_clear()
    migrate()
    yield settings()
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.update({name: value})
    settings.cache_clear()


def migrate() -> None:
    """Bring the test's database to the newest revision."""
    from alembic import command
    from alembic.config import Config

    command.upgrade(Config(str(ROOT / "svc_messaging" / "alembic.ini")), "head")


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


class FakePush:
    """A Pusher that keeps what it is given, as (channel, frame)."""

    def __init__(self) -> None:
        self.frames: list[tuple[str, Frame]] = []

    def many(self, frames: Any) -> None:
        self.frames += [(channel, codec.decode(raw)) for channel, raw in frames]

    def on(self, channel: str) -> list[Frame]:
        """Return what was pushed on `channel`."""
        return [frame for where, frame in self.frames if where == channel]

    def types(self) -> list[str]:
        """Return the types of the frames in their order."""
        return [frame.get("type", frame["t"]) for _, frame in self.frames]

    def clear(self) -> None:
        self.frames.clear()


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
