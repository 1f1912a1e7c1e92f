"""One decorator describes a route: its checks at run time and its entry in the OpenAPI document."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import flask

from contracts.base import Invalid, ServiceError, Unauthenticated
from contracts.payments import KeyRequired
from gateway_flask.auth import authenticate, client_address
from gateway_flask.body import read_json, read_query, read_raw
from gateway_flask.errors import problem
from gateway_flask.fields import Request
from gateway_flask.limits import limits
from gateway_flask.once_a_minute import OnceAMinute
from gateway_flask.reply import Reply
from gateway_flask.rpc import rpc_call
from plumbing import codec, tracing
from plumbing.context import CallContext, working_on
from plumbing.identity import Identity
from plumbing.logs import get_logger, verbose

log = get_logger(__name__)

Environ = dict[str, Any]
REQUEST_ID = "charla.request_id"
OPERATION = "charla.operation"
TRACEPARENT = "charla.traceparent"
BEGINS_TRACE = "charla.begins_trace"
_HOT_ROUTE = "/v1/conversations/<id:conversation_id>/messages"
#: Seconds that a service has for an answer, and for one that needs a password's slow hash.
PATIENCE_S, HASHING_PATIENCE_S = 2.0, 6.0
_OUR_FAULT = 500
#: What somebody may not do, or may not see, which is the same as what is not there.
_REFUSALS = frozenset({"unauthenticated", "forbidden", "not_found"})
#: What happens to everybody every few minutes.
_EVERYDAY = frozenset({"token_expired"})
#: Limits that were reached, and bodies that are not what they should be: somebody tries, or a client has a mistake.
_ATTEMPTS = frozenset({"too_many", "invalid", "too_large", "unsupported_media_type"})
_attempts = OnceAMinute()
#: Limits that count per address, because nobody is signed in yet.
_BY_ADDRESS = frozenset({"login", "register", "recover", "refresh", "unsubscribe", "webhook"})


class Call:
    """One request being answered: who asks, and what they sent (already checked)."""

    __slots__ = (
        "_me",
        "body",
        "environ",
        "idempotency_key",
        "patience_s",
        "query",
        "request_id",
        "token",
        "traceparent",
    )

    def __init__(self, environ: Environ, patience_s: float = PATIENCE_S) -> None:
        self.environ = environ
        self.patience_s = patience_s
        self.request_id: str = environ.get(REQUEST_ID, "")
        self.traceparent: str | None = environ.get(TRACEPARENT)
        self.token: str | None = None
        self._me: Identity | None = None
        self.idempotency_key: str | None = None
        self.body: Any = None
        self.query: Any = None

    @property
    def me(self) -> Identity:
        """The person who asks."""
        if self._me is None:
            raise Unauthenticated
        return self._me

    @property
    def known_id(self) -> str | None:
        """The id of the person who asks, where it is known who does."""
        return None if self._me is None else self._me.user_id

    @property
    def address(self) -> str:
        """The client's address."""
        return client_address(self.environ)

    def sign_in(self) -> None:
        """Verify the request's access token."""
        self.token, self._me = authenticate(self.environ)

    def ask(self, service: str, method: str, /, **arguments: Any) -> Any:
        """Call a service's RPC method with the caller's own token."""
        return rpc_call(
            service,
            method,
            arguments,
            token=self.token,
            timeout_s=self.patience_s,
            traceparent=self.traceparent,
            idempotency_key=self.idempotency_key,
        )


Handler = Callable[..., Any]


@dataclass(slots=True)
class Operation:
    """A route's description. `returns` is a type, a tuple of alternatives, or None for no body."""

    handler: Handler
    name: str
    summary: str
    status: int
    body: type[Request] | None = None
    body_required: bool = True
    query: type[Request] | None = None
    returns: Any = None
    auth: bool = True
    optional_auth: bool = False
    limit: str | None = None
    keyed: bool = False  # takes an Idempotency-Key
    key_required: bool = False  # is refused without one
    raw_most: int = 0  # takes a body of this many bytes at most, untouched
    errors: tuple[type[ServiceError], ...] = ()
    also: dict[int, tuple[Any, str]] = field(default_factory=dict)
    content_type: str | tuple[str, ...] | None = None
    description: str = ""
    patience_s: float = PATIENCE_S

    def run(self, environ: Environ, arguments: dict[str, Any]) -> Reply:
        """Answer a request; every failure becomes a problem document."""
        call = Call(environ, self.patience_s)
        around = CallContext(traceparent=call.traceparent)
        if tracing.is_traced(around):
            return self._run_in_a_span(call, around, environ, arguments)
        with working_on(around):
            return self._run(call, environ, arguments)

    def _run(self, call: Call, environ: Environ, arguments: dict[str, Any]) -> Reply:
        reply = self._reply(call, environ, arguments)
        if verbose():
            log.debug("answered", operation=self.name, status=reply.status, request_id=call.request_id)
        return reply

    def _reply(self, call: Call, environ: Environ, arguments: dict[str, Any]) -> Reply:
        try:
            return self._answer(call, environ, arguments)
        except ServiceError as error:
            self._remember(error, call)
            return problem(error, call.request_id, environ["PATH_INFO"])
        except Exception:  # noqa: BLE001 - the last line: nothing of it reaches the client
            log.exception("request_failed", operation=self.name, request_id=call.request_id)
            return problem(ServiceError(), call.request_id, environ["PATH_INFO"])

    def _remember(self, error: ServiceError, call: Call) -> None:
        """Leave a trace of somebody who was refused what they asked for, and of what they try, once a minute."""
        if error.kind in _REFUSALS:
            # Whoever is not signed in finds nothing, and may not.
            if error.code not in _EVERYDAY and not (error.kind == "not_found" and call.known_id is None):
                self._tell(error, call)
        elif error.kind in _ATTEMPTS:
            held_back = _attempts.ask(f"{error.kind} {call.known_id or call.address}")
            if held_back is not None:
                self._tell(error, call, held_back=held_back)

    def _tell(self, error: ServiceError, call: Call, **more: int) -> None:
        log.info(
            "refused",
            operation=self.name,
            why=error.code,
            user_id=call.known_id,
            address=call.address,
            request_id=call.request_id,
            **more,
        )

    def _run_in_a_span(self, call: Call, around: CallContext, environ: Environ, arguments: dict[str, Any]) -> Reply:
        rule = flask.request.url_rule if flask.has_request_context() else None
        method, route = environ["REQUEST_METHOD"], rule.rule if rule is not None else _HOT_ROUTE
        described = {"http.request.method": method, "http.route": route, "url.scheme": environ["wsgi.url_scheme"]}
        root = bool(environ.get(BEGINS_TRACE))
        traced, span = tracing.begin(f"{method} {route}", around, "server", described, root=root)
        call.traceparent = traced.traceparent
        with working_on(traced):
            reply = self._run(call, environ, arguments)
        failed = str(reply.status) if reply.status >= _OUR_FAULT else None
        tracing.end(span, failed, {"http.response.status_code": reply.status})
        return reply

    def _answer(self, call: Call, environ: Environ, arguments: dict[str, Any]) -> Reply:
        if self.keyed or self.key_required:
            call.idempotency_key = environ.get("HTTP_IDEMPOTENCY_KEY")
        if self.auth or self.optional_auth and "HTTP_AUTHORIZATION" in environ:
            call.sign_in()
        if self.limit is not None:
            limits().check(self.limit, call.address if self.limit in _BY_ADDRESS else call.me.user_id)
        if self.query is not None:
            call.query = read_query(environ, self.query)
        elif environ.get("QUERY_STRING"):
            raise Invalid("This path takes no query.", code="unknown_field", field="?")
        if self.body is not None and (self.body_required or _has_body(environ)):
            call.body = read_json(environ, self.body)
        if self.raw_most:
            call.body = read_raw(environ, self.raw_most)
        if self.key_required and call.idempotency_key is None:
            raise KeyRequired
        result = self.handler(call, **arguments)
        if isinstance(result, Reply):
            return result
        return Reply(self.status) if self.returns is None else Reply(self.status, codec.encode(result))


def _has_body(environ: Environ) -> bool:
    return environ.get("CONTENT_LENGTH", "0") not in ("", "0") or "HTTP_TRANSFER_ENCODING" in environ


def operation(**described: Any) -> Callable[[Handler], Callable[..., flask.Response]]:
    """Describe a handler; the result is a Flask view with its `Operation` as attribute `operation`.

    The handler gets a `Call` and the path's parameters, and returns what `returns` says, or a
    `Reply` of its own. Keywords are the fields of `Operation`.
    """

    def describe(handler: Handler) -> Callable[..., flask.Response]:
        status = described.pop("status", 200 if described.get("returns") is not None else 204)
        described_operation = Operation(handler=handler, name=handler.__name__, status=status, **described)

        @functools.wraps(handler)
        def view(**arguments: Any) -> flask.Response:
            environ = flask.request.environ
            environ[OPERATION] = described_operation.name
            return to_response(described_operation.run(environ, arguments))

        view.operation = described_operation  # type: ignore[attr-defined]
        return view

    return describe


def to_response(reply: Reply) -> flask.Response:
    """Return a reply as Flask's own kind of response."""
    content = reply.body if reply.pieces is None else reply.pieces
    return flask.Response(content, reply.status, reply.wire_headers())
