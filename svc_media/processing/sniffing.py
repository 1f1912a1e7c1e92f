"""What a file is, by its content. Names are not asked, and what was declared has only to fit.

Only what is listed here is ever decoded, by the decoder that is listed with it. What is not listed is a
plain file: it is kept as it came and only ever saved, never shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from contracts.media import MediaKind
from svc_media.processing.refusals import AMBIGUOUS, INVALID, TYPE_MISMATCH, TYPE_REFUSED, Refused

HEAD = 4_096
#: An archive's last record may be followed by a comment of at most 64 KiB.
TAIL = 65_557
_END_OF_ARCHIVE = b"PK\x05\x06"
#: What says nothing of the content.
_UNDECLARED = frozenset({"", "application/octet-stream", "binary/octet-stream"})
_SHOWN = ("image/", "video/", "audio/")
_PAGE = re.compile(
    rb"^(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype|html|head|body|script|svg|iframe)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True)
class Kind:
    """A type of content.

    Attributes:
        kind: What it is to people.
        mime: Its media type.
        decoder: Pillow's or ffmpeg's name of its format; empty for what is not decoded.
        declared: Other media types that it is known under.
    """

    kind: MediaKind
    mime: str
    decoder: str = ""
    declared: tuple[str, ...] = ()


_JPEG = Kind("picture", "image/jpeg", "JPEG", ("image/jpg", "image/pjpeg"))
_PNG = Kind("picture", "image/png", "PNG", ("image/apng", "image/x-png"))
_GIF = Kind("picture", "image/gif", "GIF")
_WEBP = Kind("picture", "image/webp", "WEBP")
_AVIF = Kind("picture", "image/avif", "AVIF")
_MP4 = Kind("video", "video/mp4", "mov", ("video/x-m4v", "video/quicktime", "video/3gpp", "video/3gpp2", "audio/mp4"))
_MOV = Kind("video", "video/quicktime", "mov", _MP4.declared + ("video/mp4",))
_M4A = Kind("voice", "audio/mp4", "mov", ("audio/m4a", "audio/x-m4a", "audio/aac", "video/mp4"))
_WEBM = Kind("video", "video/webm", "matroska", ("audio/webm",))
_MATROSKA = Kind("video", "video/x-matroska", "matroska", ("audio/x-matroska", "video/webm", "video/matroska"))
_OGG = Kind("voice", "audio/ogg", "ogg", ("audio/opus", "application/ogg", "video/ogg", "audio/vorbis"))
_MP3 = Kind("voice", "audio/mpeg", "mp3", ("audio/mp3", "audio/x-mp3"))
_WAV = Kind("voice", "audio/wav", "wav", ("audio/x-wav", "audio/wave", "audio/vnd.wave"))
_FLAC = Kind("voice", "audio/flac", "flac", ("audio/x-flac",))
_AAC = Kind("voice", "audio/aac", "aac", ("audio/x-aac", "audio/aacp"))
_PDF = Kind("document", "application/pdf", "PDF", ("application/x-pdf",))
_OLD_OFFICE = Kind("file", "application/x-ole-storage")
_ZIP = Kind("file", "application/zip")
_FILE = Kind("file", "application/octet-stream")
# The types of files that are archives inside; they are not looked into.
_IN_ARCHIVES = ("application/vnd.", "application/epub+zip", "application/java-archive", "application/x-zip-compressed")

_BEGINNINGS = (
    (b"\xff\xd8\xff", _JPEG),
    (b"\x89PNG\r\n\x1a\n", _PNG),
    (b"GIF87a", _GIF),
    (b"GIF89a", _GIF),
    (b"OggS", _OGG),
    (b"fLaC", _FLAC),
    (b"ID3", _MP3),
    (b"%PDF-", _PDF),
    (b"PK\x03\x04", _ZIP),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLD_OFFICE),
)
_BRANDS = {b"avif": _AVIF, b"avis": _AVIF, b"qt  ": _MOV, b"M4A ": _M4A, b"M4B ": _M4A}
_FILM_BRANDS = re.compile(rb"isom|iso[2-9]|mp4[12]|M4V |avc1|3g[p2].|dash|MSNV|mmp4|f4v |XAVC")
_OTHER_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip")

#: Of MP3: versions; kbit/s of version 1 and of the lower ones (0: free or forbidden); samples a second of version 1.
_MPEG_1, _MPEG_2 = 3, 2
_KBIT_S = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
_KBIT_S_LOW = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0)
_HERTZ = (44_100, 48_000, 32_000)


def sniff(path: Path, declared: str = "") -> Kind:
    """Return what the file is.

    Args:
        path: The file; its first 4 KiB and its last 64 KiB are read.
        declared: The media type that its sender says it has.

    Raises:
        Refused: It is not of the type that was declared, is two things at once, or is empty.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
        size = file.seek(0, 2)
        file.seek(max(0, size - TAIL))
        tail = file.read(TAIL)
    if not head:
        raise Refused(INVALID)
    found = _by_content(head)
    _refuse_two_in_one(found, head, tail)
    return _fitting(found, head, declared.partition(";")[0].strip().lower())


def _by_content(head: bytes) -> Kind:
    for beginning, kind in _BEGINNINGS:
        if head.startswith(beginning):
            return kind
    if head[:4] == b"RIFF":
        return {b"WEBP": _WEBP, b"WAVE": _WAV}.get(head[8:12], _FILE)
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return _WEBM if b"webm" in head[:64] else _MATROSKA
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    if head[4:8] in _OTHER_BOXES:  # old cameras' films
        return _MOV
    return _by_frames(head)


def _by_brand(head: bytes) -> Kind:
    major = head[8:12]
    if major in _BRANDS:
        return _BRANDS[major]
    length = min(int.from_bytes(head[:4], "big"), HEAD)
    brands = head[8:length]
    if major in (b"mif1", b"msf1", b"miaf") and b"avif" in brands:
        return _AVIF
    return _MP4 if _FILM_BRANDS.match(major) else _FILE


def _by_frames(head: bytes) -> Kind:
    """Tell sound without a container by its first two frames: one mark of 12 bits is in other files by chance, too."""
    if len(head) < 7 or head[0] != 0xFF:  # noqa: PLR2004 - the mark of every frame, and the shortest header
        return _FILE
    if head[1] & 0xF6 == 0xF0:  # noqa: PLR2004 - no layer: ADTS
        return _AAC if _goes_on(head, _adts_length(head)) else _FILE
    is_third_layer = head[1] & 0xE6 == 0xE2  # noqa: PLR2004
    return _MP3 if is_third_layer and _goes_on(head, _mp3_length(head)) else _FILE


def _goes_on(head: bytes, length: int) -> bool:
    """Tell whether after a first frame of `length` bytes another one of the same stream begins, or the file ends."""
    if length == len(head):
        return True
    follows = head[length : length + 2] if length else b""
    return len(follows) == 2 and follows[0] == head[0] and follows[1] | 1 == head[1] | 1  # noqa: PLR2004 - some have sums


def _adts_length(head: bytes) -> int:
    """Return the length of an ADTS frame with its header, by ISO/IEC 13818-7, 6.2."""
    return (head[3] & 0x03) << 11 | head[4] << 3 | head[5] >> 5


def _mp3_length(head: bytes) -> int:
    """Return the length of a frame of layer III with its header, by ISO/IEC 11172-3, 2.4.2.3; 0 where it has none."""
    version, rate = head[1] >> 3 & 0x03, head[2] >> 2 & 0x03
    kbit_s = (_KBIT_S if version == _MPEG_1 else _KBIT_S_LOW)[head[2] >> 4]
    if rate == len(_HERTZ) or not kbit_s:
        return 0
    hertz = _HERTZ[rate] // {_MPEG_1: 1, _MPEG_2: 2}.get(version, 4)
    samples_8 = 144 if version == _MPEG_1 else 72
    return samples_8 * kbit_s * 1_000 // hertz + (head[2] >> 1 & 0x01)


def _refuse_two_in_one(found: Kind, head: bytes, tail: bytes) -> None:
    """Refuse what some reader would take for something else than it begins as.

    Readers of PDF look for its mark in the first KiB; those of archives begin at the end.
    """
    if found not in (_PDF, _FILE, _ZIP) and b"%PDF-" in head[:1024]:
        raise Refused(AMBIGUOUS)
    if found not in (_ZIP, _FILE) and _ends_as_archive(tail):
        raise Refused(AMBIGUOUS)


def _ends_as_archive(tail: bytes) -> bool:
    place = tail.rfind(_END_OF_ARCHIVE)
    while place >= 0:
        comment = int.from_bytes(tail[place + 20 : place + 22], "little")
        if place + 22 + comment == len(tail):
            return True
        place = tail.rfind(_END_OF_ARCHIVE, 0, place)
    return False


def _fitting(found: Kind, head: bytes, declared: str) -> Kind:
    """Return the kind, held against what was declared.

    Raises:
        Refused: They do not fit.
    """
    if declared.startswith("audio/") and declared in found.declared and found.kind == "video":
        # Browsers record sound into containers of films; whoever decodes it looks whether there is one.
        return replace(found, kind="voice", mime=declared)
    if declared in _UNDECLARED or declared == found.mime or declared in found.declared:
        return found
    if found.decoder:
        raise Refused(TYPE_MISMATCH)
    if declared.startswith(_SHOWN) or declared == _PDF.mime:
        # Shown by browsers or decoded by us if it were what it says; what it is, we do not know.
        raise Refused(TYPE_REFUSED)
    if found is _ZIP:
        return Kind("file", declared if declared.startswith(_IN_ARCHIVES) else _ZIP.mime)
    if found is _OLD_OFFICE:
        return Kind("file", declared if declared.startswith("application/") else found.mime)
    return _plain(head, declared)


def _plain(head: bytes, declared: str) -> Kind:
    """A file that nothing shows. Pages and scripts lose their type: no browser shall run them."""
    if declared == "text/plain" and b"\0" not in head and not _PAGE.match(head):
        return Kind("file", "text/plain")
    return _FILE
