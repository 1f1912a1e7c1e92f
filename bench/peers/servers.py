"""What the peers' servers share: a port, a database, and a process that ends with the bench."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg2

from bench.people import SetupError
from stack.running import RunningStack

START_S = 90.0
STOP_S = 20.0


@dataclass(frozen=True)
class Database:
    """A database of its own in the stack's PostgreSQL."""

    host: str
    port: int
    user: str
    password: str
    name: str


def free_port() -> int:
    """Return a port of loopback that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def database(stack: RunningStack, name: str, *, may_create: bool = False) -> Iterator[Database]:
    """Give a role and an empty database that it owns; both go with the bench.

    The settings of the stack hold for it: fsync and synchronous commit are on.

    Args:
        stack: Whose PostgreSQL.
        name: Of the peer.
        may_create: Its own tool makes a further one, which is the one that is given.
    """
    admin = urlsplit(stack.env("ops")["DATABASE_URL"].replace("+psycopg2", ""))
    role = f"peer_{name}_{secrets.token_hex(3)}"
    other = f"{role}_made" if may_create else role
    made = Database(admin.hostname or "127.0.0.1", admin.port or 5432, role, secrets.token_hex(16), other)
    with closing(_connect(admin)) as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {role} LOGIN {'CREATEDB' if may_create else ''} PASSWORD %s", (made.password,))
        # Synapse refuses any other collation, and the others do not mind.
        cursor.execute(
            f"CREATE DATABASE {role} OWNER {role} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
        )
        try:
            yield made
        finally:
            for each in {role, other}:
                cursor.execute(f"DROP DATABASE IF EXISTS {each} WITH (FORCE)")
            cursor.execute(f"DROP ROLE {role}")


def _connect(admin: Any) -> Any:
    connection = psycopg2.connect(
        host=admin.hostname, port=admin.port, user=admin.username, password=unquote(admin.password or ""),
        dbname="postgres",
    )  # fmt: skip
    connection.autocommit = True
    return connection


def run_sql(place: Database, path: Path) -> None:
    """Run a file of statements in a database."""
    with closing(psycopg2.connect(host=place.host, port=place.port, user=place.user, password=place.password,
                                  dbname=place.name)) as connection, connection.cursor() as cursor:  # fmt: skip
        cursor.execute(path.read_text(encoding="utf-8"))
        connection.commit()


@asynccontextmanager
async def process(
    command: Sequence[str], home: Path, port: int, extra: Mapping[str, str] | None = None
) -> AsyncIterator[int]:
    """Run a server in `home` until the bench is done with it and give its id; what it says goes to `home`/said.

    Raises:
        SetupError: It ended, or did not listen on `port` in time.
    """
    with (home / "said").open("wb") as said:
        server = subprocess.Popen(  # noqa: S603, ASYNC220 - begun once, before anything is measured
            command, cwd=home, env=os.environ | (extra or {}), stdout=said, stderr=said, stdin=subprocess.DEVNULL
        )
        try:
            await _listens(server, port, home / "said")
            yield server.pid
        finally:
            await asyncio.to_thread(_end, server)


async def _listens(server: subprocess.Popen[bytes], port: int, said: Path) -> None:
    deadline = monotonic() + START_S
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            if server.poll() is not None or monotonic() > deadline:
                msg = f"did not start: {said.read_text(errors='replace')[-600:]}"
                raise SetupError(msg) from None
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(STOP_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
