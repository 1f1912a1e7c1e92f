"""The files that uploads grow in, held by one request at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from contracts.media import StorageAway
from plumbing.logs import get_logger
from svc_media.door.refusals import UploadLocked
from svc_media.places import upload_path

log = get_logger(__name__)


@contextmanager
def held(upload_id: str) -> Iterator[int]:
    """Open an upload's file, made where it is missing; nobody else holds it, in whatever process.

    Raises:
        UploadLocked: Somebody does.
    """
    file = os.open(upload_path(upload_id), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield file
    except BlockingIOError as error:
        raise UploadLocked from error
    finally:
        os.close(file)


def cut(file: int, upload_id: str, offset: int) -> None:
    """Drop what follows `offset`: a process that was killed has written it and not acknowledged it.

    Raises:
        StorageAway: Bytes that were acknowledged are missing.
    """
    size = os.fstat(file).st_size
    if size < offset:
        log.error("upload_bytes_missing", upload_id=upload_id, offset=offset, size=size)
        raise StorageAway
    if size > offset:
        os.ftruncate(file, offset)


def remove(upload_id: str) -> None:
    """Remove an upload's file."""
    upload_path(upload_id).unlink(missing_ok=True)
