"""The name that a file is saved under: its sender's, made harmless, with an ending that fits its content.

Programs are chosen by endings. So none may promise what the content, which alone was looked at
(`svc_media.processing.sniffing`), is not.
"""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

from contracts.media import ORIGINAL
from svc_media.actions.reading import Located

MAX_NAME = 150
BYTES = "application/octet-stream"

_ARCHIVES = (".zip", ".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".epub", ".jar", ".apk")
_OLD_OFFICE = (".doc", ".xls", ".ppt")
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument."
#: The endings of each type that is told by its content; the first is given where none of them is there.
_ENDINGS = {
    "image/jpeg": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "image/png": (".png", ".apng"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    "image/avif": (".avif", ".avifs"),
    "video/mp4": (".mp4", ".m4v"),
    "video/quicktime": (".mov", ".qt"),
    "video/webm": (".webm",),
    "video/x-matroska": (".mkv",),
    "audio/webm": (".webm", ".weba"),
    "audio/mp4": (".m4a", ".m4b", ".mp4"),
    "audio/mpeg": (".mp3",),
    "audio/ogg": (".ogg", ".oga", ".opus"),
    "audio/wav": (".wav",),
    "audio/flac": (".flac",),
    "audio/aac": (".aac",),
    "application/pdf": (".pdf",),
    "application/zip": _ARCHIVES,
    "application/x-ole-storage": _OLD_OFFICE,
    f"{_OFFICE}wordprocessingml.document": (".docx",),
    f"{_OFFICE}spreadsheetml.sheet": (".xlsx",),
    f"{_OFFICE}presentationml.presentation": (".pptx",),
    f"{_OPEN_DOCUMENT}text": (".odt",),
    f"{_OPEN_DOCUMENT}spreadsheet": (".ods",),
    f"{_OPEN_DOCUMENT}presentation": (".odp",),
}
_TOLD = frozenset(ending for endings in _ENDINGS.values() for ending in endings)
#: Of text, and of bytes that nobody knows. Text has many endings, but none that makes a browser run it.
_PAGES = frozenset({".html", ".htm", ".shtml", ".xhtml", ".xht", ".mht", ".mhtml", ".svg", ".svgz"})
_OTHERS = {"text/plain": (".txt", _TOLD | _PAGES), BYTES: (".bin", _TOLD)}


def file_name(located: Located, variant: str) -> str:
    """Return the name to save it by: the sender's, or one made of the media's id."""
    given = _harmless(located.name) or located.media_id
    if variant != ORIGINAL:
        given = f"{PurePosixPath(given).stem}-{variant}"
    return _fitting(given, located.mime)


def _harmless(name: str) -> str:
    """Return a name without folders, control characters and marks that turn the reading direction."""
    name = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(each for each in name if unicodedata.category(each)[0] != "C")
    return kept.strip(" .")[-MAX_NAME:]


def _fitting(name: str, mime: str) -> str:
    """Return the name, with the ending of the content where its own is none or belongs to another type."""
    own = _ending_of(name)
    if (endings := _ENDINGS.get(mime)) is not None:
        if own in endings:
            return name
        # What names another type gives way. Anything else may be part of the name, as in "trip 3.5".
        return (name[: -len(own)] if own in _TOLD else name) + endings[0]
    usual, foreign = _OTHERS.get(mime, (".bin", _TOLD - {*_ARCHIVES, *_OLD_OFFICE}))
    return name + usual if not own or own in foreign else name


def _ending_of(name: str) -> str:
    return PurePosixPath(name).suffix.lower()
