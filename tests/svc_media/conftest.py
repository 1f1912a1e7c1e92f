"""A database, keys, settings and a media folder of their own for the tests of svc_media, in the running stack."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from nameko.testing.services import worker_factory

from plumbing import sealing
from plumbing.cache import CacheAside
from plumbing.database import Transactions, transactions
from plumbing.identity import CallerIdentity
from plumbing.redis_client import new_redis
from plumbing.settings import Settings
from svc_media import links
from svc_media.access_cache import AccessCache
from svc_media.models import Base
from svc_media.options import options
from svc_media.service import MediaService
from svc_media.storage import storage
from svc_media.storage.local import LocalStorage
from tests.services import FakePush, empty, operator, own_database, running_as
from tests.svc_media.carriers import FakeOwner

REDIS_DATABASE = 14


@pytest.fixture(scope="session")
def ops() -> dict[str, str]:
    """The environment of the running stack's operator."""
    return operator()


@pytest.fixture(scope="session")
def database_url(ops: dict[str, str]) -> Iterator[str]:
    """A database made for this run, to be filled by the real migrations."""
    with own_database(ops, "media") as url:
        yield url


@pytest.fixture(scope="session", autouse=True)
def configured(database_url: str, ops: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of a media process with keys of its own."""
    os.environ["TOKEN_SECRET"] = "for these tests alone, and long enough"
    with running_as("media", ops, database_url, tmp_path_factory.mktemp("keys"), REDIS_DATABASE) as settings:
        sealing.derived_key.cache_clear()
        links._signer.cache_clear()
        yield settings


@pytest.fixture
def media_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder for uploads and files."""
    folder = tmp_path / "media"
    monkeypatch.setenv("MEDIA_DIR", str(folder))
    monkeypatch.setenv("MEDIA_QUOTA_BYTES", "1000")
    monkeypatch.setenv("MEDIA_MAX_BYTES", "800")
    monkeypatch.setenv("MEDIA_MAX_UPLOADS", "5")
    options.cache_clear()
    storage.cache_clear()
    yield folder
    options.cache_clear()
    storage.cache_clear()


@pytest.fixture
def files(media_dir: Path) -> LocalStorage:
    """The storage in that folder."""
    found = storage()
    assert isinstance(found, LocalStorage)
    return found


@pytest.fixture(scope="session")
def database(configured: Settings) -> Transactions:
    """The test's database."""
    return transactions(configured.database_url, pool_size=20)


@pytest.fixture
def db(database: Transactions, configured: Settings, media_dir: Path) -> Transactions:
    """The test's database, Redis and folder, empty."""
    empty(database, Base, configured.redis_url)
    return database


@pytest.fixture
def push() -> FakePush:
    """What was pushed to open sockets."""
    return FakePush()


@pytest.fixture
def messaging() -> FakeOwner:
    """Stands in for svc_messaging."""
    return FakeOwner()


@pytest.fixture
def subscriptions() -> FakeOwner:
    """Stands in for svc_subscriptions."""
    return FakeOwner()


@pytest.fixture
def ads() -> FakeOwner:
    """Stands in for svc_ads."""
    return FakeOwner()


@pytest.fixture
def answers(configured: Settings) -> AccessCache:
    """What was allowed a moment ago, in the real Redis."""
    return AccessCache(new_redis(configured.redis_url))


@pytest.fixture
def service(
    db: Transactions,
    push: FakePush,
    messaging: FakeOwner,
    subscriptions: FakeOwner,
    ads: FakeOwner,
    answers: AccessCache,
    files: LocalStorage,
    configured: Settings,
) -> MediaService:
    """The service on the real database."""
    made: MediaService = worker_factory(
        MediaService,
        db=db,
        push=push,
        caller=CallerIdentity(),
        messaging=messaging,
        subscriptions=subscriptions,
        ads=ads,
        answers=answers,
        files=files,
        cache=CacheAside(new_redis(configured.redis_url), "media"),
    )
    return made
