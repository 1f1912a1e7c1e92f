"""The HTTP door of svc_media: uploads and downloads, WSGI on gunicorn's gevent worker behind Nginx.

No byte of a media travels over AMQP. The operations are in `svc_media.door`, one file a topic.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from typing import Any

from contracts.base import NotFound, ServiceError
from plumbing import operators, tracing
from plumbing.context import CallContext, working_on
from plumbing.database import DATABASE_AWAY, DatabaseAway
from plumbing.logs import first_line, get_logger
from svc_media.door import tus
from svc_media.door.downloads import Downloads
from svc_media.door.http import METHODS, STATUS_LINES, Answer, Environ, Request, problem
from svc_media.door.metrics import REQUESTS
from svc_media.door.origins import Origins
from svc_media.door.refusals import MethodNotAllowed, TusVersionUnsupported
from svc_media.door.uploads import Uploads
from svc_media.door.world import World, connect

log = get_logger(__name__)

_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
Operation = Callable[..., Answer]


class Edge:
    """The WSGI application.

    Attributes:
        world: What this process holds.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self._origins = Origins()
        uploads, downloads = Uploads(world), Downloads(world)
        self._routes: list[tuple[str, re.Pattern[str], dict[str, Operation]]] = [
            ("uploads", re.compile(r"/uploads/?"), {"OPTIONS": uploads.options, "POST": uploads.create}),
            (
                "upload",
                re.compile(rf"/uploads/(?P<upload_id>{_ID})"),
                {
                    "OPTIONS": uploads.options,
                    "HEAD": uploads.head,
                    "PATCH": uploads.patch,
                    "DELETE": uploads.delete,
                },
            ),
            (
                "media",
                re.compile(rf"/media/(?P<media_id>{_ID})(?:/(?P<variant>[A-Za-z0-9_.-]{{1,80}}))?"),
                {"GET": downloads.read, "HEAD": downloads.read},
            ),
            ("forget", re.compile(r"/media/forget"), {"POST": self._origins.forget}),
            ("health", re.compile(r"/(?:healthz|readyz)"), {"GET": _health}),
        ]

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        started = time.perf_counter()
        request = Request(environ)
        what, answer = self._answer(request)
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(method, what, str(answer.status)).observe(time.perf_counter() - started)
        headers = [*answer.wire_headers(), *self._origins.headers(request), ("X-Request-Id", request.id)]
        if what.startswith("upload"):
            headers.append(("Tus-Resumable", tus.VERSION))
        start_response(STATUS_LINES[answer.status], headers)
        return answer.body if request.method != "HEAD" else ()

    def _answer(self, request: Request) -> tuple[str, Answer]:
        for what, pattern, operations in self._routes:
            match = pattern.fullmatch(request.path)
            if match is not None:
                return what, self._origins.preflight(request) or _guarded(request, operations, match.groupdict())
        return "none", problem(NotFound("There is nothing at this path.", code="unknown_path"), request)


def _guarded(request: Request, operations: dict[str, Operation], arguments: dict[str, str]) -> Answer:
    """Return what an operation answers, or its refusal."""
    try:
        call = CallContext(traceparent=request.traceparent)
        method = request.method if request.method in METHODS else "other"
        described, begins = {"http.request.method": method, "url.scheme": "http"}, request.begins_trace
        with (
            tracing.span(f"{method} media-edge", call, "server", described, root=begins) as traced,
            working_on(traced),
        ):
            return _operation(request, operations)(request, **arguments)
    except ServiceError as error:
        return _refused(error, request, operations)
    except DATABASE_AWAY as error:
        log.warning("database_away", error=first_line(error), request_id=request.id)
        return problem(DatabaseAway(), request)
    except Exception:  # noqa: BLE001 - whatever it is, the client gets an answer
        log.exception("request_crashed", request_id=request.id, path=request.path)
        return problem(ServiceError(), request)


def _operation(request: Request, operations: dict[str, Operation]) -> Operation:
    operation = operations.get(request.method)
    if operation is None:
        raise MethodNotAllowed
    return operation


def _refused(error: ServiceError, request: Request, operations: dict[str, Operation]) -> Answer:
    answer = problem(error, request)
    if isinstance(error, MethodNotAllowed):
        answer.headers.append(("Allow", ", ".join(sorted(operations))))
    if isinstance(error, TusVersionUnsupported):
        answer.headers.append(("Tus-Version", tus.VERSION))
    if error.code == "range_not_satisfiable":
        answer.headers.append(("Content-Range", f"bytes */{error.facts['size']}"))
    if error.code == "offset_mismatch":
        answer.headers.append(("Upload-Offset", str(error.facts["offset"])))
    return answer


def _health(request: Request) -> Answer:
    status, content_type, body = operators.answer(request.path)
    headers = [("Content-Type", content_type), ("Cache-Control", "no-store")]
    return Answer(int(status[:3]), headers, (body,), len(body))


def create_app() -> Edge:
    """Return the application that gunicorn serves."""
    return Edge(connect())
