"""Who may do what with a media over HTTP: one row for each operation, one cell a role.

The media is the owner's, and test_media_rights.py sends it in a message of a group and in a post of a
private channel: `reader` reads there, `removed` did once, and the platform's administrators read nowhere by that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rights import Cell

ROLES = ("anonymous", "stranger", "removed", "admin", "reader", "owner")


@dataclass(frozen=True)
class Row:
    """One operation, a request for it, and what each role gets.

    `shows` are the roles whose answer has the media in it, where an answer can be without.
    """

    method: str
    path: str
    body: Any
    cells: dict[str, Cell]
    shows: tuple[str, ...] | None = None


def _row(request: str, body: Any, *cells: Cell, shows: tuple[str, ...] | None = None) -> Row:
    method, path = request.split(" ")
    return Row(method, path, body, dict(zip(ROLES, cells, strict=True)), shows)


def people(request: str, done: Cell, body: Any = None, shows: tuple[str, ...] | None = None) -> Row:
    """Whoever is signed in, about themselves or about what they may read."""
    return _row(request, body, 401, *([done] * 5), shows=shows)


def readers(request: str, done: Cell, body: Any = None) -> Row:
    """Whoever may read it; to others it does not exist."""
    hidden = "404 unknown_media"
    return _row(request, body, 401, hidden, hidden, hidden, done, done)


def owners(request: str, done: Cell, body: Any = None) -> Row:
    """Whoever uploaded it."""
    return _row(request, body, 401, *(["404 unknown_media"] * 4), done)


def admins(request: str, done: Cell, body: Any = None) -> Row:
    """Administrators of the platform."""
    return _row(request, body, 401, 403, 403, done, 403, 403)


_M = "/v1/media/{media}"
_SEEN = ("reader", "owner")

TABLE: dict[str, Row] = {
    "list_my_media": people("GET /v1/media", 200, shows=("owner",)),
    "lookup_media": people("POST /v1/media/lookup", 200, {"ids": ["{media}", "{unknown}"]}, shows=_SEEN),
    "sign_media_links": people("POST /v1/media/links", 200, {"ids": ["{media}", "{unknown}"]}, shows=_SEEN),
    "get_media": readers(f"GET {_M}", 200),
    "sign_media_link": readers(f"POST {_M}/link", 200, {"download": True}),
    "retry_media": owners(f"POST {_M}/retry", 200),
    # The answer tells nobody whether there is such a media; only its owner's call ends it.
    "delete_media": people(f"DELETE {_M}", 204),
    "get_media_quota": people("GET /v1/media/quota", 200),
    "find_media_quota": admins("GET /v1/users/{owner}/media-quota", 200),
    "set_media_quota": admins("PUT /v1/users/{owner}/media-quota", 200, {"limit_bytes": None}),
    "preview_link": people("POST /v1/link-previews", "400 preview_refused", {"url": "http://127.0.0.1/"}),
}
