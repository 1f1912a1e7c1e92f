"""A database, keys and settings of their own for the tests of svc_messaging, in the running stack."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import create_engine, make_url, text

from contracts.base import new_id
from plumbing.database import Transactions, transactions
from plumbing.identity import _signers, _verifiers
from plumbing.redis_client import new_redis
from plumbing.settings import Settings, settings
from stack.running import load
from svc_messaging.actions import conversations
from svc_messaging.models import Base
from tests.svc_messaging.rooms import Room, make_room

ROOT = Path(__file__).parent.parent.parent
REDIS_DATABASE = 10


@pytest.fixture(scope="session")
def ops() -> dict[str, str]:
    """The environment of the running stack's operator."""
    return dict(load(os.environ.get("CHARLA_RUN_DIR")).env("ops"))


@pytest.fixture(scope="session")
def database_url(ops: dict[str, str]) -> Iterator[str]:
    """A database made for this run, to be filled by the real migrations."""
    name = f"test_messaging_{uuid4().hex[:12]}"
    admin = create_engine(ops["DATABASE_URL"], isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(ops["DATABASE_URL"]).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(scope="session", autouse=True)
def configured(database_url: str, ops: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a messaging process with keys of its own."""
    keys_dir = tmp_path_factory.mktemp("keys")
    make_keys(keys_dir, {"auth": "charla-auth", "gateway": "gateway", "messaging": "messaging"})
    wanted = {
        "SERVICE_NAME": "messaging",
        "DATABASE_URL": database_url,
        "AMQP_URI": ops["TEST_AMQP_URI"],
        "REDIS_URL": ops["REDIS_URL"].rsplit("/", 1)[0] + f"/{REDIS_DATABASE}",
        "KEYS_DIR": str(keys_dir),
        "HEALTH_PORT": "0",
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    forget_caches()
    migrate()
    yield settings()
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.update({name: value})
    forget_caches()


def make_keys(keys_dir: Path, issuers: dict[str, str]) -> None:
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


def migrate() -> None:
    """Bring the test's database to the newest revision."""
    from alembic import command
    from alembic.config import Config

    command.upgrade(Config(str(ROOT / "svc_messaging" / "alembic.ini")), "head")


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
