"""Which bytes a Range asks for (RFC 9110, 14)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from svc_media.door.refusals import RangeNotSatisfiable

_RANGE = re.compile(r"([0-9]{0,18})-([0-9]{0,18})")
_MOST = 100


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes from `start` to `end`, both counted."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """How many bytes that are."""
        return self.end - self.start + 1


class Malformed(ValueError):
    """The header asks for bytes in a way that makes no sense; it is ignored then."""


def span_of(header: str | None, size: int) -> Span | None:
    """Return the one range of a file of `size` bytes that is asked for; None for all of it.

    Of several ranges that overlap the file the whole file is the answer, as RFC 9110 allows.

    Raises:
        Malformed: It is not a range of bytes.
        RangeNotSatisfiable: All of it lies behind the end.
    """
    if header is None or header[:6].lower() != "bytes=":
        return None
    spans = [_span(text.strip(" \t"), size) for text in header[6:].split(",") if text.strip(" \t")]
    if not spans or len(spans) > _MOST:
        raise Malformed(header)
    found = [span for span in spans if span is not None]
    if not found:
        raise RangeNotSatisfiable(size=size)
    return found[0] if len(found) == 1 else None


def _span(text: str, size: int) -> Span | None:
    """Return one range, cut at the end of the file; None where nothing of it is there."""
    match = _RANGE.fullmatch(text)
    if match is None or match.group() == "-":
        raise Malformed(text)
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size - 1
    else:
        start, end = int(first), int(last) if last else size - 1
        if last and end < start:
            raise Malformed(text)
    end = min(end, size - 1)
    return Span(start, end) if start <= end else None
