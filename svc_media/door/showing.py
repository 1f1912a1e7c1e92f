"""What browsers do with a file: only what cannot run anything is shown, the rest is saved."""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from pathlib import PurePosixPath
from urllib.parse import quote

from contracts.media import ORIGINAL
from svc_media.actions.reading import Located

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
BYTES = "application/octet-stream"
MAX_NAME = 150

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


def file_name(located: Located, variant: str) -> str:
    """Return the name to save it by: the sender's, made harmless, or one made of the media's id."""
    given = _harmless(located.name) or located.media_id
    if variant == ORIGINAL:
        return given if "." in given.strip(".") else given + _ending(located.mime)
    stem = PurePosixPath(given).stem
    ending = "" if PurePosixPath(variant).suffix else _ending(located.mime)
    return f"{stem}-{variant}{ending}"


def _harmless(name: str) -> str:
    """Return a name without folders, control characters and marks that turn the reading direction."""
    name = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(each for each in name if unicodedata.category(each)[0] != "C")
    return kept.strip(" .")[-MAX_NAME:]


def _ending(mime: str) -> str:
    return mimetypes.guess_extension(mime) or ""
