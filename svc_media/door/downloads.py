"""GET and HEAD of /media/{id} and /media/{id}/{variant}: whole or a range, by Nginx where it can read the file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime

from contracts.media import ORIGINAL, StorageAway
from plumbing.context import CallContext, working_on
from plumbing.logs import get_logger
from svc_media.actions import reading
from svc_media.actions.reading import Located
from svc_media.door import conditions, showing
from svc_media.door.http import Answer, Header, Request
from svc_media.door.metrics import SERVED
from svc_media.door.people import Reader, reader_of
from svc_media.door.ranges import Malformed, Span, span_of
from svc_media.door.world import World
from svc_media.options import options
from svc_media.storage import key_of

log = get_logger(__name__)

#: The bytes under one name do not change once a media is ready; who may read it may.
READY = "private, max-age=86400, immutable"
NOT_READY = "private, no-cache"


class Downloads:
    """The operations of reading."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._accel = options().edge_accel

    def read(self, request: Request, media_id: str, variant: str | None = None) -> Answer:
        """Answer with the bytes of a media or of one of its variants."""
        variant = variant or ORIGINAL
        reader = reader_of(request, media_id)
        located = self._locate(request, reader, media_id, variant)
        headers = _validators(located)
        etag, changed_at = etag_of(located), located.changed_at
        if conditions.is_unchanged(request, etag, changed_at):
            return Answer(304, headers)
        headers += _described(located, variant, download=reader.download)
        if self._leaves_it_to_nginx(request, located):
            SERVED.labels("nginx").inc()
            return Answer(200, [*headers, ("X-Accel-Redirect", f"{self._accel}/{key_of(located.sha256)}")])
        SERVED.labels("edge").inc()
        ranged = request.method == "GET" and conditions.takes_range(request, etag, changed_at)
        return self._send(request, located, headers, _lenient(request, located.size) if ranged else None)

    def _locate(self, request: Request, reader: Reader, media_id: str, variant: str) -> Located:
        with working_on(CallContext(traceparent=request.traceparent)):
            self._world.access.demand(reader.user_id, media_id)
        with self._world.db.reading() as session:
            return reading.locate(session, media_id, variant, reader.user_id)

    def _leaves_it_to_nginx(self, request: Request, located: Located) -> bool:
        """Tell whether Nginx answers the rest, as it does by far the most.

        It knows neither our preconditions, nor that a range which makes no sense is ignored.

        Raises:
            RangeNotSatisfiable: Nginx would tell that too, but not as a problem document.
        """
        if not self._accel or conditions.has_preconditions(request):
            return False
        if self._world.files.local_path(key_of(located.sha256)) is None:
            return False
        try:
            ranged = conditions.takes_range(request, etag_of(located), located.changed_at)
            span_of(request.header("Range") if ranged else None, located.size)
        except Malformed:
            return False
        return True

    def _send(self, request: Request, located: Located, headers: list[Header], span: Span | None) -> Answer:
        whole = Span(0, located.size - 1)
        part = span or whole
        headers.append(("Accept-Ranges", "bytes"))
        if span is not None:
            headers.append(("Content-Range", f"bytes {span.start}-{span.end}/{located.size}"))
        body: Iterator[bytes] = iter(())
        if request.method == "GET" and part.length > 0:
            body = self._open(located, part)
        return Answer(200 if span is None else 206, headers, body, part.length)

    def _open(self, located: Located, part: Span) -> Iterator[bytes]:
        try:
            return self._world.files.open_range(key_of(located.sha256), part.start, part.end)
        except FileNotFoundError as error:
            log.exception("stored_file_missing", media_id=located.media_id, sha256=located.sha256)
            raise StorageAway from error


def _lenient(request: Request, size: int) -> Span | None:
    try:
        return span_of(request.header("Range"), size)
    except Malformed:
        return None


def etag_of(located: Located) -> str:
    """Return the strong tag: the bytes' own digest."""
    return f'"{located.sha256}"'


def _validators(located: Located) -> list[Header]:
    """Return what goes with the bytes, and also with 304."""
    return [
        ("ETag", etag_of(located)),
        ("Last-Modified", _http_date(located.changed_at)),
        ("Cache-Control", READY if located.state == "ready" else NOT_READY),
    ]


def _described(located: Located, variant: str, *, download: bool) -> list[Header]:
    return [
        ("Content-Type", showing.content_type(located.mime)),
        ("Content-Disposition", showing.disposition(located, variant, download=download)),
    ]


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC).replace(microsecond=0), usegmt=True)
