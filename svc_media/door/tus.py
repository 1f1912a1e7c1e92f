"""The headers of tus 1.0.0: read strictly, and written. See https://tus.io/protocols/resumable-upload."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from contracts.media import ConcatenationInvalid
from svc_media.door.http import Header, Request
from svc_media.door.refusals import ChecksumUnsupported, HeaderInvalid, NotAnUpload, TusVersionUnsupported
from svc_media.models import Upload

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,creation-defer-length,expiration,checksum,termination,concatenation"
#: tus name -> size of the digest in bytes.
ALGORITHMS = {"sha1": 20, "sha256": 32}
OFFSET_STREAM = "application/offset+octet-stream"
PATH = "/uploads"

MAX_METADATA = 4_000
_MAX_SIZE = 2**53 - 1
_DIGITS = re.compile(r"[0-9]{1,16}")
_KEY = re.compile(r"[\x21-\x2b\x2d-\x7e]{1,100}")
_PART = re.compile(r"(?:https?://[^/\s]{1,255})?/uploads/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the bytes of one request have to hash to."""

    algorithm: str
    digest: bytes


def demand_version(request: Request) -> None:
    """Refuse whoever does not speak tus 1.0.0.

    Raises:
        TusVersionUnsupported: That.
    """
    if request.header("Tus-Resumable") != VERSION:
        raise TusVersionUnsupported


def demand_stream(request: Request) -> None:
    """Refuse a body that is not declared as an upload's.

    Raises:
        NotAnUpload: That.
    """
    if (request.header("Content-Type") or "").partition(";")[0].strip().lower() != OFFSET_STREAM:
        raise NotAnUpload


def read_size(request: Request, name: str) -> int | None:
    """Return a header that holds a number of bytes; None where it is missing.

    Raises:
        HeaderInvalid: It is not one.
    """
    text = request.header(name)
    if text is None:
        return None
    if not _DIGITS.fullmatch(text) or int(text) > _MAX_SIZE:
        raise HeaderInvalid(f"{name} is a number of bytes.", header=name)
    return int(text)


def read_offset(request: Request) -> int:
    """Return the Upload-Offset.

    Raises:
        HeaderInvalid: It is missing, or not a number.
    """
    offset = read_size(request, "Upload-Offset")
    if offset is None:
        raise HeaderInvalid("Upload-Offset is missing.", header="Upload-Offset")
    return offset


def read_length(request: Request) -> int | None:
    """Return the Upload-Length of a new upload; None where the client says it later.

    Raises:
        HeaderInvalid: Neither it nor `Upload-Defer-Length: 1` is there, or both are.
    """
    length, deferred = read_size(request, "Upload-Length"), request.header("Upload-Defer-Length")
    if deferred not in {None, "1"} or (length is None) == (deferred is None):
        raise HeaderInvalid("Send Upload-Length, or else Upload-Defer-Length: 1.", header="Upload-Length")
    return length


def read_metadata(request: Request) -> dict[str, str]:
    """Return the Upload-Metadata, decoded.

    Raises:
        HeaderInvalid: It is too long, not pairs of a key and UTF-8 in base64, or names a key twice.
    """
    text = request.header("Upload-Metadata") or ""
    if len(text) > MAX_METADATA:
        raise HeaderInvalid(f"Upload-Metadata has at most {MAX_METADATA} characters.", header="Upload-Metadata")
    found: dict[str, str] = {}
    for pair in text.split(",") if text.strip() else ():
        key, value = _read_pair(pair)
        if key in found:
            raise HeaderInvalid("Upload-Metadata names a key twice.", header="Upload-Metadata")
        found[key] = value
    return found


def _read_pair(pair: str) -> tuple[str, str]:
    key, _, encoded = pair.strip().partition(" ")
    try:
        value = base64.b64decode(encoded, validate=True).decode("utf-8")
    except ValueError:
        value = "\0"  # which no text may hold
    if not _KEY.fullmatch(key) or "\0" in value:
        raise HeaderInvalid("Upload-Metadata is a list of keys, each with a text in base64.", header="Upload-Metadata")
    return key, value


def write_metadata(metadata: Mapping[str, str]) -> str:
    """Return metadata as its header."""
    pairs = ((key, base64.b64encode(value.encode()).decode()) for key, value in metadata.items())
    return ",".join(f"{key} {value}".rstrip() for key, value in pairs)


def read_checksum(request: Request) -> Checksum | None:
    """Return the Upload-Checksum.

    Raises:
        ChecksumUnsupported: We do not know the algorithm.
        HeaderInvalid: The digest is not one.
    """
    text = request.header("Upload-Checksum")
    if text is None:
        return None
    algorithm, _, encoded = text.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        raise ChecksumUnsupported(supported=",".join(ALGORITHMS))
    try:
        digest = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        digest = b""
    if len(digest) != ALGORITHMS[algorithm]:
        raise HeaderInvalid("Upload-Checksum is an algorithm and a digest in base64.", header="Upload-Checksum")
    return Checksum(algorithm, digest)


def read_concat(request: Request) -> tuple[bool, list[str]]:
    """Return whether the new upload is partial, and of which parts it is put together (none where it is not).

    Raises:
        HeaderInvalid: It says neither.
        ConcatenationInvalid: It names something that is no upload of ours.
    """
    text = request.header("Upload-Concat")
    if text is None or text == "partial":
        return text == "partial", []
    word, _, rest = text.partition(";")
    if word != "final":
        raise HeaderInvalid("Upload-Concat is partial, or final; and uploads.", header="Upload-Concat")
    parts = [_PART.fullmatch(each) for each in rest.split()]
    if not parts or not all(parts):
        raise ConcatenationInvalid
    return False, [part.group(1) for part in parts if part]


def location(upload_id: str) -> str:
    """Return an upload's path."""
    return f"{PATH}/{upload_id}"


def write_concat(upload: Upload) -> list[Header]:
    """Return what says that an upload is partial, or put together."""
    if upload.partial:
        return [("Upload-Concat", "partial")]
    if upload.parts:
        return [("Upload-Concat", f"final;{_joined(upload.parts)}")]
    return []


def _joined(part_ids: Sequence[str]) -> str:
    return " ".join(map(location, part_ids))


def write_expiry(moment: datetime) -> Header:
    """Return when an unfinished upload ends (aware, UTC)."""
    return "Upload-Expires", format_datetime(moment.astimezone(UTC), usegmt=True)
