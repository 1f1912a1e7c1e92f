"""Both storages keep the same promises: a local folder, and S3 spoken to a real server on loopback."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from contracts.media import StorageAway
from svc_media.options import Options
from svc_media.storage import key_of
from svc_media.storage.base import CHUNK, Storage
from svc_media.storage.local import LocalStorage
from svc_media.storage.s3 import S3Storage
from tests.svc_media.s3_server import running_s3

CONTENT = os.urandom(CHUNK * 2 + 17)
KEY = key_of(hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture(scope="module")
def s3() -> Iterator[Options]:
    with running_s3() as endpoint:
        found = Options(
            storage="s3", s3_endpoint=endpoint, s3_access_key="key", s3_secret_key="secret", s3_prefix="chat/"
        )
        boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id="key",
            aws_secret_access_key="secret",
        ).create_bucket(Bucket=found.s3_bucket)
        yield found


@pytest.fixture(params=["local", "s3"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "local":
        return LocalStorage(tmp_path / "media")
    found = S3Storage.from_options(request.getfixturevalue("s3"))
    for file in list(found.list_files()):
        found.delete(file.key)
    return found


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(CONTENT)
    return path


def test_what_was_stored_is_read_back_by_stretches(files: Storage, source: Path) -> None:
    assert files.size(KEY) is None
    for _ in range(2):
        files.put_file(source, KEY)
    assert files.size(KEY) == len(CONTENT)
    for start, end in ((0, len(CONTENT) - 1), (0, 0), (CHUNK - 1, CHUNK), (len(CONTENT) - 1, len(CONTENT) - 1)):
        parts = list(files.open_range(KEY, start, end))
        assert b"".join(parts) == CONTENT[start : end + 1]
        assert max(map(len, parts)) <= CHUNK


def test_every_file_is_listed_once_by_its_key(files: Storage, source: Path) -> None:
    files.put_file(source, KEY)
    assert [(file.key, file.size) for file in files.list_files()] == [(KEY, len(CONTENT))]
    assert all(file.changed_at.tzinfo is not None for file in files.list_files())


def test_what_was_deleted_is_gone_and_may_be_deleted_again(files: Storage, source: Path) -> None:
    files.put_file(source, KEY)
    for _ in range(2):
        files.delete(KEY)
    assert files.size(KEY) is None
    assert list(files.list_files()) == []
    with pytest.raises(FileNotFoundError):
        files.open_range(KEY, 0, 1)


def test_a_copy_can_be_worked_on(files: Storage, source: Path, tmp_path: Path) -> None:
    files.put_file(source, KEY)
    files.fetch(KEY, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == CONTENT
    with pytest.raises(FileNotFoundError):
        files.fetch(key_of("0" * 64), tmp_path / "other")


def test_a_file_larger_than_a_part_of_s3_arrives_whole(files: Storage, tmp_path: Path) -> None:
    large = tmp_path / "large"
    large.write_bytes(os.urandom(1024 * 1024) * 20)
    digest = hashlib.sha256(large.read_bytes()).hexdigest()
    files.put_file(large, key_of(digest))
    read = hashlib.sha256()
    for part in files.open_range(key_of(digest), 0, 20 * 1024 * 1024 - 1):
        read.update(part)
    assert read.hexdigest() == digest


def test_a_local_file_cannot_be_written_through_its_source(source: Path, tmp_path: Path) -> None:
    files = LocalStorage(tmp_path / "media")
    files.put_file(source, KEY)
    path = files.local_path(KEY)
    assert path is not None
    assert path.stat().st_mode & 0o222 == 0
    assert list(files.making.iterdir()) == []


def test_a_file_belongs_to_the_group_of_the_storage(source: Path, tmp_path: Path) -> None:
    """Nginx reads stored files by their group, wherever they were made."""
    if os.geteuid() != 0:
        pytest.skip("only root gives files to any group")
    files = LocalStorage(tmp_path / "media")
    for folder in (files.making, tmp_path / "media" / "blobs"):
        os.chown(folder, -1, 4242)
        folder.chmod(0o2750)
    files.put_file(source, KEY)
    path = files.local_path(KEY)
    assert path is not None
    assert path.stat().st_gid == path.parent.stat().st_gid == 4242


def test_nothing_is_left_of_what_could_not_be_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = LocalStorage(tmp_path / "media")
    source = tmp_path / "source"
    source.write_bytes(b"x")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("svc_media.storage.local._sync", full)
    with pytest.raises(OSError, match="No space left"):
        files.put_file(source, key_of("a" * 64))
    assert list(files.list_files()) == []
    assert list(files.making.iterdir()) == []


def test_s3_that_does_not_answer_is_away(source: Path) -> None:
    files = S3Storage.from_options(
        Options(storage="s3", s3_endpoint="http://127.0.0.1:9", s3_access_key="key", s3_secret_key="secret")
    )
    for action in (
        lambda: files.size(KEY),
        lambda: files.put_file(source, KEY),
        lambda: files.open_range(KEY, 0, 1),
        lambda: files.delete(KEY),
        lambda: list(files.list_files()),
    ):
        with pytest.raises(StorageAway):
            action()


def test_a_bucket_that_is_not_there_is_no_missing_file(s3: Options) -> None:
    files = S3Storage(S3Storage.from_options(s3)._client, "no-such-bucket")
    with pytest.raises(StorageAway):
        files.open_range(KEY, 0, 1)
