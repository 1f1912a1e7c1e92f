"""The life of a media whose files lie in S3: the same promises, and the same books."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from contracts.base import new_id
from contracts.media import StorageAway
from plumbing.database import Transactions
from svc_media.actions import accounting, removing, storing
from svc_media.models import Media
from svc_media.options import options
from svc_media.places import uploads_dir
from svc_media.storage import key_of, storage
from svc_media.storage.s3 import S3Storage
from svc_media.workers.cleaning import collect, sweep
from tests.services import FakePush
from tests.svc_media.carriers import Sniffed, a_file, processed, receive, stored
from tests.svc_media.s3_server import running_s3

ADA = new_id()


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with running_s3() as address:
        client = boto3.client(
            "s3", endpoint_url=address, region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key="secret"
        )
        client.create_bucket(Bucket="charla-media")
        yield address


@pytest.fixture
def bucket(endpoint: str, db: Transactions, monkeypatch: pytest.MonkeyPatch) -> S3Storage:
    """The storage that the environment names, as for a process of svc_media."""
    values = {"STORAGE": "s3", "S3_ENDPOINT": endpoint, "S3_ACCESS_KEY": "key", "S3_SECRET_KEY": "secret"}
    for name, value in values.items():
        monkeypatch.setenv(f"MEDIA_{name}", value)
    options.cache_clear()
    storage.cache_clear()
    found = storage()
    assert isinstance(found, S3Storage)
    for file in list(found.list_files()):
        found.delete(file.key)
    return found


def test_a_media_lives_in_s3_and_leaves_nothing(
    db: Transactions, push: FakePush, bucket: S3Storage, tmp_path: Path
) -> None:
    media = stored(db, push, bucket, ADA, b"with metadata", "picture")
    assert media.sha256 is not None
    assert b"".join(bucket.open_range(key_of(media.sha256), 5, 12)) == b"metadata"
    assert list(uploads_dir().iterdir()) == []
    made = {"original": a_file(tmp_path, b"clean"), "thumb_320": a_file(tmp_path, b"tiny")}
    assert processed(db, push, bucket, media, made)
    bucket.put_file(a_file(tmp_path, b"a stray"), key_of("f" * 64))
    collect(db, push, bucket, 0)
    sweep(db, bucket, 0)
    report = accounting.report(db, bucket)
    assert (report["files"], report["file_bytes"], report["blob_bytes"]) == (2, 9, 9)
    assert (report["differences"], report["missing"]) == ([], [])
    with db.transaction() as session:
        removing.delete_media(session, ADA, media.id)
    collect(db, push, bucket, 0)
    assert list(bucket.list_files()) == []


def test_an_upload_waits_for_s3_to_come_back(
    db: Transactions, push: FakePush, bucket: S3Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = receive(db, ADA, b"content")

    def away(*_: object) -> None:
        raise StorageAway

    with monkeypatch.context() as patch, pytest.raises(StorageAway):
        patch.setattr(bucket, "put_file", away)
        storing.store(db, push, bucket, upload.id, sniff=lambda *_: Sniffed())
    with db.reading() as session:
        media = session.get(Media, (ADA, upload.id))
    assert media is not None
    assert media.state == "uploading"
    assert [path.name for path in uploads_dir().iterdir()] == [upload.id]
    again = storing.store(db, push, bucket, upload.id, sniff=lambda *_: Sniffed())
    assert again.state == "queued"
    assert accounting.report(db, bucket)["file_bytes"] == 7


def test_only_two_storages_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIA_STORAGE", "tape")
    options.cache_clear()
    with pytest.raises(ValueError, match="local or s3"):
        options()
    options.cache_clear()
