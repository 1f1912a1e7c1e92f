"""The WebSocket door: handshake, first frame, and then what clients say."""

from __future__ import annotations

import base64
import binascii
import socket
import time
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import gevent
from wsproto.connection import Connection as Protocol
from wsproto.connection import ConnectionState, ConnectionType
from wsproto.events import BytesMessage, CloseConnection, Ping, TextMessage
from wsproto.utilities import LocalProtocolError, RemoteProtocolError, generate_accept_token

from contracts.base import Forbidden, Invalid, ServiceError, Unavailable
from gateway_flask.client_frames import Session
from gateway_flask.connection import Connection
from gateway_flask.errors import problem
from gateway_flask.frames import Close, pong_wire
from gateway_flask.live import hub
from gateway_flask.operation import REQUEST_ID
from gateway_flask.options import options
from gateway_flask.reply import STATUS_LINES
from plumbing.logs import get_logger
from plumbing.settings import settings

log = get_logger(__name__)

MAX_FRAME = 65_536
_AUTH_S = 10.0


class OriginRefused(Forbidden):
    """A page of another origin asked for a WebSocket."""

    code = "origin_refused"
    detail = "Pages of another origin get no WebSocket here."


class WebSocketExpected(Invalid):
    """Somebody came to the WebSocket's path without asking for one."""

    code = "websocket_expected"
    detail = "This path speaks WebSocket (RFC 6455, version 13) only."


def serve_websocket(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a request for a WebSocket; return after the socket has ended.

    Raises:
        StopIteration: Gunicorn's sign that the connection is done with.
    """
    try:
        key = _check_handshake(environ)
        _check_origin(environ)
        _check_room()
    except ServiceError as error:
        reply = problem(error, environ[REQUEST_ID], environ["PATH_INFO"])
        start_response(STATUS_LINES[reply.status], reply.wire_headers())
        return (reply.body,)
    sock: socket.socket = environ["gunicorn.socket"]
    environ.clear()
    try:
        sock.sendall(_handshake(key))
        _talk(sock)
    except OSError:
        pass
    raise StopIteration


def _check_handshake(environ: dict[str, Any]) -> bytes:
    key: str = environ.get("HTTP_SEC_WEBSOCKET_KEY", "")
    asked = (
        environ["REQUEST_METHOD"] == "GET"
        and environ.get("HTTP_UPGRADE", "").lower() == "websocket"
        and "upgrade" in environ.get("HTTP_CONNECTION", "").lower()
        and environ.get("HTTP_SEC_WEBSOCKET_VERSION") == "13"
    )
    try:
        if asked and len(base64.b64decode(key, validate=True)) == 16:
            return key.encode()
    except (binascii.Error, ValueError):
        pass
    raise WebSocketExpected


def _check_origin(environ: dict[str, Any]) -> None:
    """Refuse pages of others: browsers say where a page is from, and other clients say nothing.

    Its ticket is what lets a socket in. This keeps a page that got hold of one from using it.
    """
    origin: str | None = environ.get("HTTP_ORIGIN")
    if origin is None or origin == _own_origin():
        return
    # An installation that is reached under several names, such as this machine's two.
    if origin.partition("://")[2] != environ.get("HTTP_HOST") or not origin.startswith(("http://", "https://")):
        raise OriginRefused


@cache
def _own_origin() -> str:
    parts = urlsplit(settings().public_url)
    return f"{parts.scheme}://{parts.netloc}"


def _check_room() -> None:
    if hub().draining:
        raise Unavailable(code="draining", retry_after_s=1)
    if hub().socket_count >= options().max_sockets:
        raise Unavailable(code="overloaded", retry_after_s=5)


def _handshake(key: bytes) -> bytes:
    accept = generate_accept_token(key)
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


def _talk(sock: socket.socket) -> None:
    connection = Connection(sock)
    session = Session(connection)
    reader = MessageReader(sock, connection)
    try:
        with gevent.Timeout(_AUTH_S, False):  # noqa: FBT003 - gevent's own signature: end in silence
            while not session.signed_in and (text := reader.next_message()) is not None:
                session.on_first_message(text)
        if not session.signed_in:
            connection.close(Close.NOT_AUTHENTICATED, "auth_expected")
            reader.wait_for_end()
            return
        while (text := reader.next_message()) is not None:
            session.on_message(text)
    except (RemoteProtocolError, LocalProtocolError):
        connection.close(Close.PROTOCOL, "protocol_error")
        reader.wait_for_end()
    finally:
        session.end()
        connection.release()


class MessageReader:
    """Reads whole text messages; answers pings and refuses what is not text or too large."""

    def __init__(self, sock: socket.socket, connection: Connection) -> None:
        self._sock = sock
        self._connection = connection
        self._protocol = Protocol(ConnectionType.SERVER)
        self._parts: list[str] = []
        self._size = 0
        self._events: list[Any] = []

    def next_message(self) -> str | None:
        """Return the next text message, or None when the connection has ended or shall end."""
        while self._connection.open and (self._events or self._receive()):
            message = self._take(self._events.pop(0)) if self._events else None
            if message is not None:
                return message
        if not self._connection.open:
            self.wait_for_end()
        return None

    def _receive(self) -> bool:
        try:
            data = self._sock.recv(MAX_FRAME)
        except OSError:
            return False
        if not data:
            return False
        self._connection.heard_at = time.monotonic()
        self._protocol.receive_data(data)
        self._events = list(self._protocol.events())
        return True

    def _take(self, event: Any) -> str | None:
        if isinstance(event, TextMessage):
            return self._collect(event)
        if isinstance(event, Ping):
            self._connection.write(pong_wire(bytes(event.payload)))
        elif isinstance(event, CloseConnection):
            self._end(event)
        elif isinstance(event, BytesMessage):
            self._connection.close(Close.GARBAGE, "binary_refused")
        return None

    def _end(self, event: CloseConnection) -> None:
        """Answer a close, or end what cannot be read: the parser reports both by the same event."""
        if self._protocol.state is ConnectionState.REMOTE_CLOSING:
            self._connection.close(Close.NORMAL)
        else:
            self._connection.close(event.code, "protocol_error")

    def _collect(self, event: TextMessage) -> str | None:
        self._size += len(event.data)
        if self._size > MAX_FRAME:
            self._connection.close(Close.TOO_BIG, "frame_too_large")
            return None
        self._parts.append(event.data)
        if not event.message_finished:
            return None
        text = "".join(self._parts)
        self._parts.clear()
        self._size = 0
        return text

    def wait_for_end(self) -> None:
        """Read and forget until the other side closes, or the connection is cut."""
        with gevent.Timeout(self._connection.farewell_s + 1.0, False):  # noqa: FBT003 - gevent's own signature: end in silence
            try:
                while self._sock.recv(MAX_FRAME):
                    pass
            except OSError:
                return
