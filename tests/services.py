"""What the tests of every service stand on: a database, keys and settings of their own, and signed callers."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from eventlet.event import Event
from nameko.containers import ServiceContainer
from nameko.extensions import Entrypoint
from nameko.testing.utils import get_extension
from sqlalchemy import URL, NullPool, create_engine, make_url, text
from sqlalchemy.orm import DeclarativeBase, Session

from contracts.base import new_id
from plumbing import codec
from plumbing.context import CallContext, working_on
from plumbing.database import Transactions
from plumbing.identity import TokenSigner, _signers, _verifiers, own_signer
from plumbing.redis_client import new_redis
from plumbing.settings import Settings, settings
from stack.running import load
from stack.topology import OWNED_APART, owner

ROOT = Path(__file__).parent.parent
Frame = dict[str, Any]


def operator() -> dict[str, str]:
    """Return the environment of the running stack's operator."""
    return dict(load(os.environ.get("CHARLA_RUN_DIR")).env("ops"))


def empty(database: Transactions, base: type[DeclarativeBase], redis_url: str) -> None:
    """Delete all rows of a service's tables, and what its Redis database holds."""
    # Far quicker than TRUNCATE where a test leaves a few rows.
    emptied = "; ".join(f"DELETE FROM {table.name}" for table in base.metadata.sorted_tables)  # noqa: S608 - our names
    with database.transaction() as session:
        session.execute(text(emptied))
    new_redis(redis_url).flushdb()


def run_subqueries_again(session: Session, table: str) -> None:
    """Let PostgreSQL plan this transaction as it does at times: a subquery is run again for each row of the table."""
    session.execute(text(f"ANALYZE {table}"))
    for plan in ("hashagg", "sort", "hashjoin", "mergejoin", "material"):
        session.execute(text(f"SET LOCAL enable_{plan} = off"))


def call_entrypoint(container: ServiceContainer, method: str, context: dict[str, Any], kwargs: dict[str, Any]) -> Any:
    """Run a method as a worker; return its own answer once the worker is over.

    Nameko's `entrypoint_hook` takes the first answer of any worker of the method: of several calls at once it
    returns while most still run.
    """
    entrypoint = get_extension(container, Entrypoint, method_name=method)
    outcome: Event = Event()

    def keep(_worker: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
        outcome.send((result, exc_info))
        return result, exc_info

    worker = container.spawn_worker(entrypoint, (), kwargs, context_data=context, handle_result=keep)
    container._worker_threads[worker].wait()
    result, exc_info = outcome.wait()
    if exc_info is not None:
        raise exc_info[1]
    return result


_DIES = """
import os, signal, sys
from itertools import count
from sqlalchemy import Engine, event, text
from plumbing.database import transactions
from plumbing.settings import settings
db = transactions(settings().database_url, 1)
with db.reading() as session:
    print(session.scalar(text("SELECT pg_backend_pid()")), flush=True)
numbers, last = count(1), int(sys.argv[1])
@event.listens_for(Engine, "commit")
def passing(_):
    if next(numbers) == last:
        os.kill(os.getpid(), signal.SIGKILL)
"""


def times_killed(work: str, steps: Sequence[int], *arguments: str) -> int:
    """Run `work`, which has `db` and `arguments` from sys.argv[2] on, once for each step; return how often it died.

    At the commit with the step's number the process kills itself, as if the power had gone. The server then still holds
    its locks until it has noticed, which is waited for.
    """
    killed = 0
    for step in steps:
        command = [sys.executable, "-W", "ignore", "-c", _DIES + work, str(step), *arguments]
        done = subprocess.run(command, env=dict(os.environ), stdout=subprocess.PIPE, text=True)
        killed += done.returncode == -signal.SIGKILL
        _wait_for_end_of(int(done.stdout.split()[0]))
    return killed


def _wait_for_end_of(backend: int, seconds: float = 30.0) -> None:
    engine = create_engine(settings().database_url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    there = text("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = :pid)")
    until = time.monotonic() + seconds
    with engine.connect() as connection:
        while connection.scalar(there, {"pid": backend}):
            assert time.monotonic() < until, "the server has not noticed that its client died"
            time.sleep(0.01)


@contextmanager
def own_database(ops: Mapping[str, str], service: str) -> Iterator[str]:
    """Give the address of a database made for this run, which no running service touches.

    Where the service's tables belong to a role apart, the address is the service's own, as in the stack.
    """
    name = f"test_{service}_{uuid4().hex[:12]}"
    # Without a pool: tests kill the server between the two connections.
    admin = create_engine(ops["DATABASE_URL"], isolation_level="AUTOCOMMIT", poolclass=NullPool)
    mine = make_url(ops["DATABASE_URL"])
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        if service in OWNED_APART:
            connection.execute(text(f"ALTER DATABASE {name} OWNER TO {owner(service)}"))
            connection.execute(text(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC"))
            connection.execute(text(f"GRANT CONNECT ON DATABASE {name} TO {service}"))
            mine = make_url(load(os.environ.get("CHARLA_RUN_DIR")).env(service)["DATABASE_URL"])
    yield mine.set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@contextmanager
def running_as(
    service: str, ops: Mapping[str, str], database_url: str, keys_dir: Path, redis_database: int
) -> Iterator[Settings]:
    """Give this process the settings of a process of `service`, and its tables by the real migrations.

    Args:
        service: The service.
        ops: The operator's environment.
        database_url: The tests' own database.
        keys_dir: An empty folder for keys of their own.
        redis_database: The number of a Redis database of their own.
    """
    others = {"gateway", "messaging", "subscriptions", "media", "payments", "ads", service}
    make_keys(keys_dir, {"auth": "charla-auth", "auth-service": "auth", **{name: name for name in others}})
    wanted = {
        "SERVICE_NAME": service,
        "DATABASE_URL": database_url,
        "AMQP_URI": ops["TEST_AMQP_URI"],
        "REDIS_URL": ops["REDIS_URL"].rsplit("/", 1)[0] + f"/{redis_database}",
        "KEYS_DIR": str(keys_dir),
        "HEALTH_PORT": "0",
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    forget_caches()
    migrate_as_owner(service, ops, database_url)
    yield settings()
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.update({name: value})
    forget_caches()


def make_keys(keys_dir: Path, issuers: Mapping[str, str]) -> None:
    """Make a signing key in each folder, and tell all public ones in `jwks.json`."""
    public = []
    for folder, issuer in issuers.items():
        key, kid = Ed25519PrivateKey.generate(), uuid4().hex
        (keys_dir / folder).mkdir()
        (keys_dir / folder / f"{kid}.pem").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        x = base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).rstrip(b"=").decode()
        public.append({"kid": kid, "iss": issuer, "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "x": x})
    (keys_dir / "jwks.json").write_text(json.dumps({"keys": public}))


def forget_caches() -> None:
    """Forget what was read from the environment."""
    settings.cache_clear()
    _verifiers.clear()
    _signers.clear()


def migrate(service: str) -> None:
    """Bring the database in DATABASE_URL to the newest revision of `service`."""
    from alembic import command
    from alembic.config import Config

    command.upgrade(Config(str(ROOT / f"svc_{service}" / "alembic.ini")), "head")


def migrate_as_owner(service: str, ops: Mapping[str, str], database_url: str) -> None:
    """Bring a database there as whoever its tables belong to, as the stack does."""
    if service not in OWNED_APART:
        migrate(service)
        return
    as_owner = {"options": f"-c role={owner(service)}"}
    os.environ["DATABASE_URL"] = in_database(ops, database_url).update_query_dict(as_owner).render_as_string(False)
    forget_caches()
    migrate(service)
    os.environ["DATABASE_URL"] = database_url
    forget_caches()


def in_database(ops: Mapping[str, str], database_url: str) -> URL:
    """Return the operator's way into the database of an address."""
    return make_url(ops["DATABASE_URL"]).set(database=make_url(database_url).database)


def user_token(user_id: str, *, roles: tuple[str, ...] = ("user",), ttl_s: int = 600) -> str:
    """Return an access token as auth would sign it."""
    signer = TokenSigner(Path(settings().keys_dir) / "auth", settings().auth_issuer)
    claims = {"aud": settings().token_audience, "sub": user_id, "sid": new_id(), "roles": list(roles), "jti": new_id()}
    return signer.sign(claims, ttl_s)


def service_token(service: str, audience: str | None = None) -> str:
    """Return a token by which a service acts by itself, towards the service under test when None."""
    signer = own_signer(Path(settings().keys_dir), service)
    return signer.sign({"aud": audience or settings().service_name}, 60)


@contextmanager
def calling(user_id: str, *roles: str) -> Iterator[None]:
    """Make a person the caller inside the block."""
    with working_on(CallContext(token=user_token(user_id, roles=roles or ("user",)))):
        yield


@contextmanager
def calling_as_service(service: str) -> Iterator[None]:
    """Make another service the caller inside the block."""
    with working_on(CallContext(token=service_token(service))):
        yield


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
