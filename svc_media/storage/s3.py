"""Files in a bucket of an S3 API (Amazon's, MinIO's, Ceph's)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from contracts.media import StorageAway
from plumbing.logs import first_line, get_logger
from svc_media.options import Options
from svc_media.storage.base import CHUNK, StoredFile

log = get_logger(__name__)

_MISSING = frozenset({"404", "NoSuchKey", "NotFound"})
# One part at a time: memory stays small, and greenlets need no threads beside them.
_TRANSFER = TransferConfig(
    multipart_threshold=16 * 1024 * 1024, multipart_chunksize=16 * 1024 * 1024, use_threads=False
)


class S3Storage:
    """A bucket. S3 shows an object whole or not at all; parts that were sent before a crash are for the
    bucket's own rule (abort incomplete multipart uploads) and cost no key.
    """

    def __init__(self, client: Any, bucket: str, prefix: str = "") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    @classmethod
    def from_options(cls, chosen: Options) -> S3Storage:
        """Return the storage that the options name."""
        client = boto3.client(
            "s3",
            endpoint_url=chosen.s3_endpoint or None,
            region_name=chosen.s3_region,
            aws_access_key_id=chosen.s3_access_key or None,
            aws_secret_access_key=chosen.s3_secret_key or None,
            config=Config(
                connect_timeout=3,
                read_timeout=20,
                retries={"max_attempts": 3, "mode": "standard"},
                max_pool_connections=20,
                # A path names the bucket where a server has no name for each bucket.
                s3={"addressing_style": "path" if chosen.s3_endpoint else "auto"},
            ),
        )
        return cls(client, chosen.s3_bucket, chosen.s3_prefix)

    def put_file(self, path: Path, key: str) -> None:
        """Send `path`, unless the key is there: the same key has the same bytes."""
        if self.size(key) == path.stat().st_size:
            return
        with _away():
            self._client.upload_file(str(path), self._bucket, self._name(key), Config=_TRANSFER)

    def open_range(self, key: str, start: int, end: int) -> Iterator[bytes]:
        """Yield a stretch of an object."""
        with _away(key):
            answer = self._client.get_object(Bucket=self._bucket, Key=self._name(key), Range=f"bytes={start}-{end}")

        def stretch() -> Iterator[bytes]:
            with closing(answer["Body"]) as body, _away(key):
                yield from body.iter_chunks(CHUNK)

        return stretch()

    def size(self, key: str) -> int | None:
        """Return an object's size."""
        try:
            with _away(key):
                return int(self._client.head_object(Bucket=self._bucket, Key=self._name(key))["ContentLength"])
        except FileNotFoundError:
            return None

    def delete(self, key: str) -> None:
        """Remove an object."""
        with _away():
            self._client.delete_object(Bucket=self._bucket, Key=self._name(key))

    def local_path(self, key: str) -> Path | None:
        """Return None: objects lie elsewhere."""
        return None

    def fetch(self, key: str, path: Path) -> None:
        """Copy an object to the local `path`."""
        with _away(key):
            self._client.download_file(self._bucket, self._name(key), str(path), Config=_TRANSFER)

    def list_files(self) -> Iterator[StoredFile]:
        """Yield every object."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
        with _away():
            for page in pages:
                for found in page.get("Contents", ()):
                    key = found["Key"].removeprefix(self._prefix)
                    yield StoredFile(key, int(found["Size"]), found["LastModified"])

    def _name(self, key: str) -> str:
        return f"{self._prefix}{key}"


@contextmanager
def _away(key: str = "") -> Iterator[None]:
    """Turn S3's errors into ours.

    Raises:
        FileNotFoundError: There is no such object.
        StorageAway: Anything else.
    """
    try:
        yield
    except ClientError as error:
        if key and error.response.get("Error", {}).get("Code") in _MISSING:
            raise FileNotFoundError(key) from None
        log.warning("storage_away", error=first_line(error))
        raise StorageAway from error
    except (BotoCoreError, OSError) as error:
        log.warning("storage_away", error=first_line(error))
        raise StorageAway from error
