"""What svc_media keeps of a person, page by page, for their copy of it; each file with a link to fetch it by."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from plumbing.rows import Plain, page_of
from svc_media import links
from svc_media.models import Media

PAGE = 200
SECTIONS = ("media",)
_INTERNAL = frozenset({"thumbhash", "waveform", "attempts", "ver"})
Cursor = list[str | int] | None


def list_own(session: Session, user_id: str, section: str, after: Cursor) -> tuple[list[Plain], Cursor]:
    """Return a page of one of the `SECTIONS`, and where the next one begins."""
    columns: Any = Media.__table__
    found = page_of(session, columns, [columns.c.owner_id == user_id], ["id"], after, PAGE, _INTERNAL)
    for item in found[0]:
        item["url"] = links.sign_copy(item["id"], user_id) if item["sha256"] else None
    return found
