"""Uploads: what was acknowledged as whole is whole, byte by byte, and becomes ready."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from drill.finding import Finding


@dataclass
class UploadHistory:
    """What uploaders were told.

    Attributes:
        whole: The SHA-256 of each upload that was acknowledged to its last byte, by media id.
        forgotten: Uploads that were acknowledged as begun, and that nobody knew when they were to be gone on with.
    """

    whole: dict[str, str] = field(default_factory=dict)
    forgotten: list[str] = field(default_factory=list)


class StoredUpload(NamedTuple):
    """A media as it is in the end: its state, and the SHA-256 of what is read of it (None: nothing)."""

    state: str
    sha256: str | None


def check_uploads(history: UploadHistory, stored: Mapping[str, StoredUpload]) -> list[Finding]:
    """Return every acknowledged upload that is not whole."""
    found = [Finding("upload_forgotten", each, "it was begun and is not known") for each in history.forgotten]
    for media_id, sha256 in history.whole.items():
        media = stored.get(media_id)
        if media is None:
            found.append(Finding("upload_lost", media_id, "it was acknowledged and is not known"))
        elif media.state != "ready":
            found.append(Finding("upload_unready", media_id, f"it is {media.state}"))
        elif media.sha256 != sha256:
            found.append(Finding("upload_differs", media_id, f"{media.sha256} is read where {sha256} was sent"))
    return found
