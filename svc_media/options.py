"""The options of svc_media alone, beside the settings that all processes share."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Options:
    """Typed options; each field is the environment variable `MEDIA_<NAME>`. Sizes are bytes, times seconds.

    Attributes:
        dir: Uploads, work and, unless `storage` is `s3`, everything stored; one file system.
        storage: `local` or `s3`.
        url: Origin of the edge as browsers reach it: another one than the application's.
        edge_bind: Address that the edge listens on, behind Nginx.
        edge_uploads: Uploads that one process of the edge receives at the same time.
        edge_accel: Path of Nginx's internal location that serves the folder `dir`/blobs; empty where no Nginx
            can read it, and the edge sends the bytes itself.
        app_origins: Origins whose pages may use uploads and media, separated by commas; the application's when empty.
        quota_bytes: What a person may store, unless an admin said otherwise.
        max_bytes: The largest single media.
        max_uploads: Unfinished uploads that one person may have.
        upload_ttl_s: An upload ends when nothing came for so long.
        link_ttl_s: Life of a signed link.
        orphan_grace_s: A file that nobody names, or a media that nothing carries any more, is kept so long.
        s3_endpoint: Address of an S3 API; empty for Amazon's own.
    """

    dir: Path = Path(".run/media")
    storage: str = "local"
    url: str = "http://localhost:8081"
    edge_bind: str = "127.0.0.1:8001"
    edge_uploads: int = 500
    edge_accel: str = ""
    app_origins: str = ""
    quota_bytes: int = 5 * 1024 * MIB
    max_bytes: int = 2 * 1024 * MIB
    max_uploads: int = 100
    upload_ttl_s: int = 24 * 3600
    link_ttl_s: int = 3600
    orphan_grace_s: int = 3600
    s3_endpoint: str = ""
    s3_bucket: str = "charla-media"
    s3_region: str = "us-east-1"
    s3_prefix: str = ""
    s3_access_key: str = ""
    s3_secret_key: str = ""

    @classmethod
    def from_environment(cls, environment: dict[str, str]) -> Options:
        """Return options from `environment`; what it lacks keeps its default.

        Raises:
            ValueError: A number is not a number, or there is no such storage.
        """
        values: dict[str, object] = {}
        for field in fields(cls):
            text = environment.get(f"MEDIA_{field.name.upper()}")
            if text is not None:
                values[field.name] = type(getattr(cls, field.name))(text)
        found = cls(**values)  # type: ignore[arg-type]
        if found.storage not in {"local", "s3"}:
            raise ValueError(f"MEDIA_STORAGE is local or s3, not {found.storage}")
        return found


@cache
def options() -> Options:
    """Return this process's options, read once."""
    return Options.from_environment(dict(os.environ))
