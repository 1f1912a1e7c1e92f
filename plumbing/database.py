"""A service's own PostgreSQL database, through nameko-sqlalchemy."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any

from nameko_sqlalchemy import Database as NamekoDatabase
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from contracts.base import Unavailable
from plumbing import codec, database_hosts, readiness
from plumbing.pool_metrics import watch_pool
from plumbing.settings import settings

#: Statements that run longer than this are cut off by the server, in milliseconds.
STATEMENT_TIMEOUT_MS = 10_000
LOCK_TIMEOUT_MS = 5_000


#: What SQLAlchemy raises where the server is away, too busy, or takes back what two writers want.
DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout)


class DatabaseAway(Unavailable):
    """The service's database does not answer now, or not in time.

    Nothing was written, unless it went away while it committed: then nobody knows, and the caller's next try, under
    the same id, either finds what was written or writes it.
    """

    code = "database_away"


@cache
def make_cooperative() -> None:
    """Let other greenlets run while psycopg2 waits, where eventlet or gevent has patched the process."""
    from eventlet.patcher import is_monkey_patched

    if is_monkey_patched("socket"):
        from psycogreen.eventlet import patch_psycopg

        patch_psycopg()
    elif "gevent.monkey" in sys.modules and sys.modules["gevent.monkey"].is_module_patched("socket"):
        from psycogreen.gevent import patch_psycopg

        patch_psycopg()


def new_engine(url: str, pool_size: int = 20) -> Engine:
    """Return an engine for `url` whose connections are checked before use and time out."""
    make_cooperative()
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=2,
        pool_recycle=1_800,
        hide_parameters=True,  # errors are logged, and parameters are what people wrote
        json_serializer=lambda value: codec.encode(value).decode(),
        json_deserializer=codec.decode,
        connect_args={
            "connect_timeout": 3,
            **database_hosts.patience(),
            "application_name": settings().service_name,
            "options": (
                f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={LOCK_TIMEOUT_MS}"
                " -c idle_in_transaction_session_timeout=30000 -c timezone=UTC -c plan_cache_mode=force_generic_plan"
                f"{database_hosts.server_patience()}"
            ),
        },
    )
    event.listen(engine, "checkout", _refuse_closed)
    database_hosts.Hosts(engine)
    watch_pool(engine)
    return engine


def _refuse_closed(dbapi_connection: Any, _record: Any, _proxy: Any) -> None:
    """Let the pool replace a connection that the server has closed.

    An idle connection has nothing to read; one that has was ended by the server. Looking costs
    microseconds, where asking the server (`pool_pre_ping`) costs each transaction a round trip.
    """
    looking = _poll()
    looking.register(dbapi_connection.fileno(), 1)
    if looking.poll(0):
        raise DisconnectionError


def _poll() -> Any:
    """Return a poll object of the operating system's, also where eventlet has put its own in place."""
    from eventlet.patcher import original

    return original("select").poll()


class Transactions:
    """What `self.db` is: two ways to use the database."""

    def __init__(self, factory: sessionmaker[Session]) -> None:
        self._factory = factory

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Yield a session that commits at the end of the block and rolls back when it raises."""
        with self._factory() as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Yield a session whose work is thrown away at the end."""
        with self._factory() as session:
            yield session


def transactions(url: str, pool_size: int = 5) -> Transactions:
    """Return `Transactions` outside of a service: for tests, jobs and benches."""
    return Transactions(sessionmaker(bind=new_engine(url, pool_size), expire_on_commit=False))


class Database(NamekoDatabase):
    """Gives a service `self.db`, a `Transactions` on the database named in DB_URIS or DATABASE_URL."""

    def __init__(self, declarative_base: type[DeclarativeBase]) -> None:
        super().__init__(declarative_base)

    def setup(self) -> None:
        uris: dict[str, str] = self.container.config.get("DB_URIS") or {}
        key = f"{self.container.service_name}:{self.declarative_base.__name__}"
        self.db_uri = uris.get(key) or next(iter(uris.values()), None) or settings().database_url
        self.engine = new_engine(self.db_uri, pool_size=self.container.max_workers)
        self.Session = sessionmaker(bind=self.engine, expire_on_commit=False)
        readiness.register(f"database:{self.container.service_name}", self._check)

    def stop(self) -> None:
        readiness.unregister(f"database:{self.container.service_name}")
        self.engine.dispose()

    def kill(self) -> None:
        self.stop()

    def _check(self) -> str | None:
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        return None

    def get_dependency(self, worker_ctx: Any) -> Transactions:
        return Transactions(self.Session)

    def worker_teardown(self, worker_ctx: Any) -> None:
        """Nothing to close: each block of `Transactions` closes its own session."""


def server_now(session: Session) -> datetime:
    """Return the database server's time, in UTC."""
    return session.execute(text("SELECT clock_timestamp()")).scalar_one()


__all__ = ["Database", "Transactions", "new_engine", "server_now", "transactions"]
