"""Where a picture's file really ends, and what was hung behind that end.

A browser is never sent such a file as it came (pictures are made anew), but one that is also an archive
or a page was made for a purpose, so it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from struct import unpack_from

from svc_media.processing.refusals import AMBIGUOUS, INVALID, Refused

_HIDDEN = re.compile(
    rb"PK\x05\x06.{18}|%PDF-1|<!doctype\s+html|<html[\s>]|<script[\s>]|<svg[\s>]|<iframe[\s>]|<\?php"
    rb"|Rar!\x1a\x07|7z\xbc\xaf\x27\x1c|#EXTM3U",
    re.IGNORECASE | re.DOTALL,
)
# The next marker in coded data: not a stuffed byte, a restart or a filler.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_SCAN, _END = 0xDA, 0xD9
_MOST_PARTS = 1_000_000


def check(path: Path, kind: str) -> None:
    """Look behind the end of a picture.

    Args:
        path: The file.
        kind: Pillow's name of its format.

    Raises:
        Refused: Something that is no picture follows, or there is no end.
    """
    data = path.read_bytes()
    try:
        end = _ENDS[kind](data)
    except (IndexError, ValueError, OverflowError) as error:
        raise Refused(INVALID) from error
    except Exception as error:
        if type(error).__name__ == "error":  # struct's
            raise Refused(INVALID) from error
        raise
    if _HIDDEN.search(data, end):
        raise Refused(AMBIGUOUS)


def _png_end(data: bytes) -> int:
    place = 8
    for _ in range(_MOST_PARTS):
        length, name = unpack_from(">I4s", data, place)
        place += 12 + length
        if name == b"IEND":
            return place
    raise ValueError("chunks without end")


def _jpeg_end(data: bytes) -> int:
    place = 2
    for _ in range(_MOST_PARTS):
        found = _MARKER.search(data, place)
        if found is None:
            raise ValueError("no end")
        marker = data[found.start() + 1]
        if marker == _END:
            return found.end()
        # After a scan's own header its data go on to the next marker.
        place = found.end() + unpack_from(">H", data, found.end())[0]
    raise ValueError("segments without end")


def _gif_end(data: bytes) -> int:
    place = 13 + _colours(data[10])
    for _ in range(_MOST_PARTS):
        block = data[place]
        if block == 0x3B:  # noqa: PLR2004 - the trailer
            return place + 1
        if block == 0x21:  # noqa: PLR2004 - an extension
            place = _behind_blocks(data, place + 2)
        elif block == 0x2C:  # noqa: PLR2004 - a frame
            place = _behind_blocks(data, place + 11 + _colours(data[place + 9]))
        else:
            raise ValueError("no such block")
    raise ValueError("blocks without end")


def _colours(packed: int) -> int:
    return 3 << (packed & 7) + 1 if packed & 0x80 else 0


def _behind_blocks(data: bytes, place: int) -> int:
    while data[place]:
        place += data[place] + 1
    return place + 1


def _riff_end(data: bytes) -> int:
    length = int(unpack_from("<I", data, 4)[0]) + 8
    if length > len(data):
        raise ValueError("cut off")
    return length


def _boxes_end(data: bytes) -> int:
    place = 0
    for _ in range(_MOST_PARTS):
        if place + 8 > len(data):
            return place
        size, name = unpack_from(">I4s", data, place)
        if not name.isalnum():  # no box any more
            return place
        if size == 1:
            size = unpack_from(">Q", data, place + 8)[0]
        if size < 8:  # noqa: PLR2004 - 0 means to the end
            return len(data)
        place += size
    raise ValueError("boxes without end")


_ENDS: dict[str, Callable[[bytes], int]] = {
    "PNG": _png_end,
    "JPEG": _jpeg_end,
    "GIF": _gif_end,
    "WEBP": _riff_end,
    "AVIF": _boxes_end,
}
