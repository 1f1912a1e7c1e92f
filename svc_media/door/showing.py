"""What browsers do with a file: only what cannot run anything is shown, the rest is saved."""

from __future__ import annotations

import re
from urllib.parse import quote

from svc_media.actions.reading import Located
from svc_media.door.names import BYTES, file_name

#: Types that a browser shows or plays without interpreting markup or scripts.
SHOWN = frozenset(
    {
        "image/jpeg", "image/png", "image/gif", "image/webp", "image/avif",
        "video/mp4", "video/webm", "video/ogg", "video/quicktime",
        "audio/mpeg", "audio/mp4", "audio/aac", "audio/ogg", "audio/opus", "audio/webm", "audio/wav", "audio/flac",
    }
)  # fmt: skip
#: Types that are told, for programs to open what was saved. Anything else is only bytes.
SAVED = frozenset({"application/pdf", "application/zip", "application/gzip", "text/plain"})
_OFFICE = ("application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument.")

_NOT_ASCII_SAFE = re.compile(r'[^\x20-\x7e]|["\\%;/]')


def content_type(mime: str) -> str:
    """Return the type that is told: the real one only where it is harmless."""
    if mime in SHOWN or mime in SAVED or mime.startswith(_OFFICE):
        return f"{mime}; charset=utf-8" if mime == "text/plain" else mime
    return BYTES


def disposition(located: Located, variant: str, *, download: bool) -> str:
    """Return the Content-Disposition (RFC 6266), with the name also for clients that only read ASCII."""
    shown = located.mime in SHOWN and not download
    name = file_name(located, variant)
    plain = _NOT_ASCII_SAFE.sub("_", name)
    extended = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return f'{"inline" if shown else "attachment"}; filename="{plain}"{extended}'
