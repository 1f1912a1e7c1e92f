"""A database, keys and settings of their own for the tests of svc_auth, in the running stack."""

from __future__ import annotations

import os
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

os.environ.setdefault("ARGON2_MEMORY_KIB", "64")

from plumbing import sealing  # noqa: E402
from plumbing.database import Transactions, transactions  # noqa: E402
from plumbing.identity import _signers, _verifiers  # noqa: E402
from plumbing.settings import Settings, settings  # noqa: E402
from stack.running import load  # noqa: E402
from svc_auth.actions import accounts, keys, passwords, sessions, throttling, tokens  # noqa: E402
from svc_auth.actions.sessions import Opened  # noqa: E402
from svc_auth.models import Base, User  # noqa: E402
from svc_auth.oidc import config, relying_party  # noqa: E402
from tests.services import empty, own_database  # noqa: E402

ROOT = Path(__file__).parent.parent.parent
REDIS_DATABASE = 9
PASSWORD = "an unlikely heron 47"  # noqa: S105 - of people who live for one test
ADDRESS = "203.0.113.9"


@pytest.fixture(scope="session")
def ops() -> dict[str, str]:
    """The environment of the running stack's operator."""
    return dict(load().env("ops"))


@pytest.fixture(scope="session")
def database_url(ops: dict[str, str]) -> Iterator[str]:
    """A database made for this run by the real migrations."""
    with own_database(ops, "auth") as url:
        yield url


@dataclass
class Mailbox:
    """A real SMTP server on loopback and the folder it delivers to."""

    port: int
    folder: Path

    def empty(self) -> None:
        """Throw away what was delivered."""
        for path in (self.folder / "new").glob("*"):
            path.unlink()

    def letters(self) -> list[EmailMessage]:
        """Return what was delivered, oldest first."""
        paths = sorted((self.folder / "new").glob("*"), key=lambda path: path.stat().st_mtime_ns)
        return [message_from_bytes(path.read_bytes(), policy=default) for path in paths]

    def wait_for(self, count: int, seconds: float = 15) -> list[EmailMessage]:
        """Return the letters once there are `count`."""
        deadline = time.monotonic() + seconds
        while len(self.letters()) < count and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(self.letters()) >= count
        return self.letters()


@pytest.fixture(scope="session")
def mailbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailbox]:
    """An aiosmtpd in a process of its own: eventlet and asyncio do not share one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tmp_path_factory.mktemp("mail") / "box"
    command = [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}"]
    server = subprocess.Popen([*command, "-c", "aiosmtpd.handlers.Mailbox", str(folder)])
    deadline = time.monotonic() + 20
    while not _answers(port) and time.monotonic() < deadline:
        time.sleep(0.1)
    yield Mailbox(port, folder)
    server.terminate()
    server.wait(10)


def _answers(port: int) -> bool:
    try:
        smtplib.SMTP("127.0.0.1", port, timeout=2).quit()
    except OSError:
        return False
    return True


@pytest.fixture(scope="session", autouse=True)
def configured(
    database_url: str, ops: dict[str, str], mailbox: Mailbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """Settings of an auth process with keys of its own."""
    keys_dir = tmp_path_factory.mktemp("keys")
    for folder, issuer in (("auth", "charla-auth"), ("gateway", "gateway"), ("messaging", "messaging")):
        make_key(keys_dir, folder, issuer)
    wanted = {
        "SERVICE_NAME": "auth",
        "DATABASE_URL": database_url,
        "AMQP_URI": ops["TEST_AMQP_URI"],
        "REDIS_URL": ops["REDIS_URL"].rsplit("/", 1)[0] + f"/{REDIS_DATABASE}",
        "KEYS_DIR": str(keys_dir),
        "TOKEN_SECRET": "only-for-tests-" + uuid4().hex + uuid4().hex,
        "PUBLIC_URL": "https://chat.example.org",
        "HEALTH_PORT": "0",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(mailbox.port),
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    forget_caches()
    migrate()
    yield settings()
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.update({name: value})
    forget_caches()


def make_key(keys_dir: Path, folder: str, issuer: str) -> str:
    """Make a key that signs at once; return its kid."""
    (keys_dir / folder).mkdir(exist_ok=True)
    if not (keys_dir / "jwks.json").exists():
        (keys_dir / "jwks.json").write_text('{"keys": []}')
    kid = keys.announce(keys_dir, folder, issuer)
    keys.promote(keys_dir, folder, kid)
    return kid


def forget_caches() -> None:
    """Forget what was read from the environment."""
    read_once = (config.providers, config.app_redirects, relying_party.relying_parties)
    for cached in (settings, sealing.derived_key, tokens._signer, throttling._throttle, *read_once):
        cached.cache_clear()
    _verifiers.clear()
    _signers.clear()


def migrate() -> None:
    """Bring the test's database to the newest revision."""
    from alembic import command
    from alembic.config import Config

    command.upgrade(Config(str(ROOT / "svc_auth" / "alembic.ini")), "head")


@pytest.fixture(scope="session")
def database(configured: Settings) -> Transactions:
    """The test's database."""
    return transactions(configured.database_url, pool_size=10)


@pytest.fixture
def db(database: Transactions, configured: Settings) -> Transactions:
    """The test's database and Redis, empty."""
    empty(database, Base, configured.redis_url)
    return database


@pytest.fixture
def now() -> datetime:
    """The present, to be moved by timedeltas instead of by waiting."""
    return datetime.now(UTC)


@dataclass
class Person:
    """A person made for a test, with an open session."""

    user_id: str
    username: str
    session_id: str
    refresh_token: str
    access_token: str


@pytest.fixture
def person(db: Transactions, now: datetime) -> Callable[..., Person]:
    """A maker of people: `person("ada", email=...)`."""

    def make(username: str = "ada", **facts: Any) -> Person:
        with db.transaction() as session:
            user = register(session, username, now=now, **facts)
            opened = sessions.open_session(session, user, device="laptop", address=ADDRESS, now=now)
        return as_person(opened)

    return make


def as_person(opened: Opened) -> Person:
    """Return the person of an opened session."""
    return Person(
        user_id=opened.user.user_id,
        username=opened.user.username,
        session_id=opened.session.session_id,
        refresh_token=opened.token,
        access_token=tokens.access_token(opened.user, opened.session),
    )


def register(session: Any, username: str, *, now: datetime, roles: list[str] | None = None, **facts: Any) -> User:
    """Make an account by the real action."""
    given = {
        "display_name": username.title(),
        "email": None,
        "locale": "en",
        "time_zone": "UTC",
        "address": ADDRESS,
        "password_hash": passwords.hash_password(facts.pop("password", PASSWORD)),
        **facts,
    }
    user = accounts.register(session, username=username, now=now, **given)
    user.roles = roles or user.roles
    session.flush()
    return user


@pytest.fixture(scope="module")
def oidc_world(configured: Settings) -> Iterator[Any]:
    """svc_auth with two OpenID Connect providers (`tests.svc_auth.oidc_world.World`)."""
    from tests.svc_auth.oidc_world import world

    with world(configured) as found:
        yield found


@pytest.fixture
def oidc(oidc_world: Any, db: Transactions) -> Iterator[Any]:
    """The same with an empty database; the providers behave, and nothing is known of them yet."""
    for provider in (oidc_world.home, oidc_world.closed):
        provider.reset()
    relying_party.relying_parties.cache_clear()
    yield oidc_world
    for provider in (oidc_world.home, oidc_world.closed):
        provider.released.set()
