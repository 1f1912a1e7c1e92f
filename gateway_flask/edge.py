"""The outermost layer: overload, request ids, security headers, metrics, and the two hot doors."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from typing import Any

import gevent

from contracts.base import Invalid, Unavailable
from gateway_flask.admission import Admission
from gateway_flask.errors import problem
from gateway_flask.metrics import observe
from gateway_flask.operation import BEGINS_TRACE, OPERATION, REQUEST_ID, TRACEPARENT, Operation
from gateway_flask.options import options
from gateway_flask.reply import STATUS_LINES, Header, Reply
from plumbing import https
from plumbing.settings import settings
from plumbing.tracing import new_traceparent, taken_over, untraced

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
WsgiApp = Callable[[Environ, StartResponse], Iterable[bytes]]

_HOT_PREFIX, _HOT_SUFFIX = "/v1/conversations/", "/messages"
_HOT_LENGTH = len(_HOT_PREFIX) + 36 + len(_HOT_SUFFIX)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
#: Paths that wait on purpose, or must answer under overload; they are not counted as in flight.
_PROBES = frozenset({"/healthz", "/readyz"})
_UNCOUNTED = _PROBES | {"/v1/poll"}
WS_PATH = "/v1/ws"
#: Whoever is turned away hears it after a moment, which is longer where fewer are let in: those who come again at once
#: would else take the time of those who are inside. Only so many wait for that.
_BRAKE_S, _MOST_BRAKED = 0.25, 2_048

SECURITY_HEADERS: dict[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Edge:
    """A WSGI application around Flask.

    The messages of a conversation skip Flask's routing: sending and reading them runs the same `Operation`
    that Flask would. The WebSocket route skips it because a socket must not hold a request context for hours.

    Args:
        inner: Flask.
        messages: The operations of `/v1/conversations/{id}/messages` by HTTP method.
        websocket: The door of sockets.
    """

    def __init__(self, inner: WsgiApp, messages: dict[str, Operation], websocket: WsgiApp) -> None:
        self._inner = inner
        self._messages = messages
        self._websocket = websocket
        self._admission = Admission(options().max_in_flight)
        self._braked = 0
        self._security: list[Header] = [*SECURITY_HEADERS.items(), *https.headers(settings().public_url)]

    @property
    def in_flight(self) -> int:
        """How many requests are being answered."""
        return self._admission.in_flight

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        path: str = environ["PATH_INFO"]
        request_id = _name_request(environ)
        if path == WS_PATH:
            return self._websocket(environ, start_response)
        if path in _UNCOUNTED:
            return self._answer(environ, start_response, path, request_id)
        if not self._admission.enter():
            return self._turn_away(environ, start_response)
        began = time.perf_counter()
        try:
            return self._answer(environ, start_response, path, request_id)
        finally:
            self._admission.leave(time.perf_counter() - began)

    def _turn_away(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if self._braked < _MOST_BRAKED:
            self._braked += 1
            try:
                gevent.sleep(_BRAKE_S * self._admission.scarcity)
            finally:
                self._braked -= 1
        return self._refuse(Unavailable(code="overloaded", retry_after_s=1), environ, start_response)

    def _answer(self, environ: Environ, start_response: StartResponse, path: str, request_id: str) -> Iterable[bytes]:
        if not path.isascii() or "\0" in path:
            bad = _bad_path(path)
            if bad is not None:
                return self._refuse(bad, environ, start_response)
        started = time.perf_counter()
        if len(path) == _HOT_LENGTH and path.endswith(_HOT_SUFFIX):
            conversation_id = path[len(_HOT_PREFIX) : -len(_HOT_SUFFIX)]
            operation = self._messages.get(environ["REQUEST_METHOD"])
            if operation and path.startswith(_HOT_PREFIX) and _UUID.fullmatch(conversation_id):
                reply = operation.run(environ, {"conversation_id": conversation_id})
                observe(operation.name, reply.status, time.perf_counter() - started)
                return self._start(reply, start_response, request_id, ("traceparent", environ[TRACEPARENT]))
        return self._ask_flask(environ, start_response, request_id, started)

    def _ask_flask(
        self, environ: Environ, start_response: StartResponse, request_id: str, started: float
    ) -> Iterable[bytes]:
        def start(status: str, headers: list[Header], exc_info: Any = None) -> Any:
            observe(environ.get(OPERATION, "none"), int(status[:3]), time.perf_counter() - started)
            named = {name for name, _ in headers}
            headers += [pair for pair in self._security if pair[0] not in named]
            headers += [("X-Request-Id", request_id), ("traceparent", environ[TRACEPARENT])]
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        return self._inner(environ, start)

    def _start(self, reply: Reply, start_response: StartResponse, request_id: str, *more: Header) -> Iterable[bytes]:
        headers = [*reply.wire_headers(), *self._security, ("X-Request-Id", request_id), *more]
        start_response(STATUS_LINES[reply.status], headers)
        return (reply.body,)

    def _refuse(self, error: Invalid | Unavailable, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        reply = problem(error, environ[REQUEST_ID])
        observe("refused", reply.status, 0.0)
        return self._start(reply, start_response, environ[REQUEST_ID])


def _name_request(environ: Environ) -> str:
    """Give the request a trace and an id: those it came with, where they are well formed."""
    given_trace: str | None = environ.get("HTTP_TRACEPARENT")
    trace = taken_over(given_trace) if given_trace is not None else None
    environ[BEGINS_TRACE] = trace is None
    if trace is None:
        trace = new_traceparent()
    # Whoever asks each second whether this process is well is no request worth a span.
    environ[TRACEPARENT] = untraced(trace) if environ["PATH_INFO"] in _PROBES else trace
    given: str | None = environ.get("HTTP_X_REQUEST_ID")
    request_id = given if given is not None and _REQUEST_ID.fullmatch(given) else trace[3:35]
    environ[REQUEST_ID] = request_id
    return request_id


def _bad_path(path: str) -> Invalid | None:
    if "\0" in path:
        return Invalid("The NUL character is not allowed.", code="nul_character")
    try:
        path.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return Invalid("The path is not valid UTF-8.", code="not_utf8")
    return None
