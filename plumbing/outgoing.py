"""Requests to the outside: the one module through which they leave (webhooks, push services, previews).

It resolves and judges the address (`plumbing.addresses`), connects to that very address, checks each
redirect again, and limits redirects, size and time. Proxies of the environment are not used.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urljoin

from plumbing.addresses import OutgoingRefused, Target, parse, resolve

_KEEP_METHOD = frozenset({307, 308})
_TO_GET = frozenset({301, 302, 303})
_CONNECT_S = 5.0
_CHUNK = 16_384


class OutgoingFailed(Exception):
    """There was no whole answer.

    Attributes:
        reason: A short code: `timeout`, `unreachable`, `tls`, `protocol`, `too_large`,
            `too_many_redirects`, `downgrade`.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Limits:
    """What an answer may cost.

    Attributes:
        total_s: Seconds for everything, redirects included.
        max_bytes: Size of an answer's body.
        redirects: How many are followed.
        cut: Take the beginning of a body that is larger, instead of failing.
    """

    total_s: float = 10.0
    max_bytes: int = 65_536
    redirects: int = 3
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


@dataclass(slots=True)
class _Request:
    method: str
    url: str
    headers: dict[str, str]
    body: bytes | None
    limits: Limits
    deadline: float = field(init=False)

    def __post_init__(self) -> None:
        self.deadline = time.monotonic() + self.limits.total_s


def request(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    limits: Limits | None = None,
) -> Answer:
    """Ask `url` and return its answer, whatever its status.

    Raises:
        OutgoingRefused: An address on the way may not be called.
        OutgoingFailed: There was no whole answer within the limits.
    """
    wanted = _Request(method, url, dict(headers or {}), body, limits or Limits())
    with _time_limit(wanted.limits.total_s):
        for _ in range(wanted.limits.redirects + 1):
            answer = _ask_once(wanted)
            following = _redirect(wanted, answer)
            if following is None:
                return answer
            wanted.url = following
    raise OutgoingFailed("too_many_redirects")


def check(url: object) -> Target:
    """Return `url`'s parts when it may be called now, as far as its name resolves.

    Raises:
        OutgoingRefused: It may not be.
    """
    target = parse(url)
    resolve(target)
    return target


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Cut off whatever takes longer where greenlets allow that, e.g. a resolver; sockets have deadlines anyway."""
    from eventlet import Timeout
    from eventlet.patcher import is_monkey_patched

    if not is_monkey_patched("socket"):
        yield
        return
    timeout = Timeout(seconds + 0.5)
    try:
        yield
    except Timeout as error:
        if error is not timeout:
            raise
        raise OutgoingFailed("timeout") from None
    finally:
        timeout.cancel()


def _ask_once(wanted: _Request) -> Answer:
    target = parse(wanted.url)
    connection, link = _connect(target, wanted.deadline)
    try:
        connection.request(wanted.method, target.path, body=wanted.body, headers=wanted.headers)
        response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        body = _read(response, wanted.limits)
    except TimeoutError:
        raise OutgoingFailed("timeout") from None
    except ssl.SSLError:
        raise OutgoingFailed("tls") from None
    except http.client.HTTPException:
        raise OutgoingFailed("protocol") from None
    except (OSError, ValueError):
        raise OutgoingFailed("unreachable") from None
    finally:
        link.hang_up()
    return Answer(response.status, headers, body, wanted.url)


def _read(response: http.client.HTTPResponse, limits: Limits) -> bytes:
    parts, size = [], 0
    while part := response.read1(_CHUNK):
        size += len(part)
        parts.append(part)
        if size > limits.max_bytes:
            if limits.cut:
                break
            raise OutgoingFailed("too_large")
    return b"".join(parts)[: limits.max_bytes]


def _redirect(wanted: _Request, answer: Answer) -> str | None:
    """Return where to ask next; None when `answer` is the last one."""
    location = answer.headers.get("location")
    if location is None or answer.status not in _KEEP_METHOD | _TO_GET:
        return None
    if answer.status in _TO_GET and wanted.method not in {"GET", "HEAD"}:
        return None
    following = urljoin(wanted.url, location)
    if wanted.url.startswith("https:") and not following.startswith("https:"):
        raise OutgoingFailed("downgrade")
    return following


def _connect(target: Target, deadline: float) -> tuple[http.client.HTTPConnection, _DeadlineSocket]:
    """Return a connection to an address of `target` that was judged; the name is used for TLS and Host alone."""
    connection = http.client.HTTPConnection(target.host, target.port)
    if target.scheme == "https":
        connection.default_port = 443
    raw = _open(resolve(target), target.port, deadline)
    try:
        if target.scheme == "https":
            raw.settimeout(_left(deadline))
            # The handshake comes apart, so that a refused one leaves no socket behind.
            raw = _tls().wrap_socket(raw, server_hostname=target.host, do_handshake_on_connect=False)
            raw.do_handshake()
    except TimeoutError:
        raw.close()
        raise OutgoingFailed("timeout") from None
    except (OSError, ValueError):
        raw.close()
        raise OutgoingFailed("tls") from None
    link = _DeadlineSocket(raw, deadline)
    connection.sock = link
    return connection, link


def _open(numbers: list[str], port: int, deadline: float) -> socket.socket:
    for number in numbers:
        try:
            return socket.create_connection((number, port), timeout=min(_CONNECT_S, _left(deadline)))
        except OSError:
            continue
    raise OutgoingFailed("timeout" if time.monotonic() >= deadline else "unreachable")


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise OutgoingFailed("timeout")
    return left


class _DeadlineSocket:
    """A socket of which http.client makes a file that never reads past the deadline, however slow it drips."""

    def __init__(self, raw: Any, deadline: float) -> None:
        self._raw = raw
        self._deadline = deadline

    def sendall(self, data: Any) -> None:
        self._raw.settimeout(_left(self._deadline))
        self._raw.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_DeadlineFile(self._raw, self._deadline), _CHUNK)

    def close(self) -> None:
        """Stay open: http.client closes the connection of a last answer before its body is read."""

    def hang_up(self) -> None:
        """Close the connection."""
        self._raw.close()


class _DeadlineFile(io.RawIOBase):
    def __init__(self, raw: Any, deadline: float) -> None:
        self._raw = raw
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._raw.settimeout(_left(self._deadline))
        return int(self._raw.recv_into(buffer))


__all__ = ["Answer", "Limits", "OutgoingFailed", "OutgoingRefused", "check", "parse", "request"]
