"""Where bytes lie, behind one interface: a local folder, or S3, chosen by MEDIA_STORAGE."""

from __future__ import annotations

from functools import cache

from svc_media.options import options
from svc_media.storage.base import Storage, StoredFile, key_of

__all__ = ["Storage", "StoredFile", "key_of", "storage"]


@cache
def storage() -> Storage:
    """Return this process's storage."""
    if options().storage == "s3":
        from svc_media.storage.s3 import S3Storage  # boto3 is heavy: only who needs it loads it

        return S3Storage.from_options(options())
    from svc_media.storage.local import LocalStorage

    return LocalStorage(options().dir)
