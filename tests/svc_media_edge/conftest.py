"""A running stack with its edge, and made-up people. `CHARLA_RUN_DIR` says which; without one these are skipped."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Connection, NullPool, create_engine, text

from plumbing.identity import TokenSigner
from stack.errors import StackError
from stack.running import RunningStack, load

sys.path.insert(0, str(Path(__file__).parent))

from edge_client import Client  # noqa: E402

NewClient = Callable[[], Client]
Database = Callable[[], Connection]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs the running stack."""
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.stack)


@pytest.fixture(scope="session")
def stack() -> RunningStack:
    """The running stack."""
    try:
        found = load(os.environ.get("CHARLA_RUN_DIR"))
    except StackError as error:
        pytest.skip(str(error))
    if "media-edge" not in found.programs:
        pytest.skip("the stack has no edge")
    found.wait_until_ready("media-edge")
    return found


@pytest.fixture(scope="session")
def edge_url(stack: RunningStack) -> str:
    """Where the edge is reached, through Nginx."""
    return f"http://127.0.0.1:{stack.ports['media-http']}"


@pytest.fixture(scope="session")
def media_dir(stack: RunningStack) -> Path:
    return Path(stack.env("media-edge")["MEDIA_DIR"])


@pytest.fixture(scope="session")
def new_client(stack: RunningStack, edge_url: str) -> NewClient:
    """Makes somebody with a token that auth could have signed."""
    values = stack.env("media-edge")
    signer = TokenSigner(Path(values["KEYS_DIR"]) / "auth", values["AUTH_ISSUER"])

    def make() -> Client:
        user_id = str(uuid4())
        claims = {"aud": values["TOKEN_AUDIENCE"], "sub": user_id, "sid": str(uuid4()), "roles": ["user"]}
        return Client(edge_url, user_id, signer.sign({**claims, "jti": secrets.token_hex(8)}, 900))

    return make


@pytest.fixture
def ana(new_client: NewClient) -> Client:
    return new_client()


@pytest.fixture
def eve(new_client: NewClient) -> Client:
    """Somebody who has nothing to do with Ana."""
    return new_client()


@pytest.fixture
def nobody(edge_url: str) -> Client:
    return Client(edge_url, "", None)


@pytest.fixture(scope="session")
def database(stack: RunningStack) -> Iterator[Database]:
    """Opens transactions on the edge's own database, for what no request can do."""
    engine = create_engine(stack.env("media-edge")["DATABASE_URL"], poolclass=NullPool)

    @contextmanager
    def transaction() -> Iterator[Connection]:
        with engine.begin() as connection:
            yield connection

    yield transaction  # type: ignore[misc]
    engine.dispose()


@pytest.fixture(scope="session")
def quota_of(database: Database) -> Callable[[str], tuple[int, int]]:
    """Returns (used, reserved) bytes of a person."""

    def look(user_id: str) -> tuple[int, int]:
        with database() as connection:
            sql = text("SELECT used_bytes, reserved_bytes FROM quotas WHERE user_id = :id")
            row = connection.execute(sql, {"id": user_id}).one_or_none()
            return (row[0], row[1]) if row is not None else (0, 0)

    return look
