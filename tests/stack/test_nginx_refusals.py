"""What Nginx refuses before anybody else sees it: with a stable code, as the gateway does."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stack.private_nginx import backend, private_nginx

_LONG = b"x" * 40_000
_REST = b" HTTP/1.1\r\nHost: charla\r\n\r\n"


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    folder: Path = tmp_path_factory.mktemp("refusals")
    with backend() as behind, private_nginx(folder, behind) as found:
        yield found


def answer(port: int, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send some bytes and return the status, the headers and the body of what comes back."""
    with socket.create_connection(("127.0.0.1", port), 60) as wire:
        wire.sendall(request)
        wire.shutdown(socket.SHUT_WR)
        said = b"".join(iter(lambda: wire.recv(65_536), b""))
    head, _, body = said.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return int(first.split()[1]), dict(line.lower().split(": ", 1) for line in lines), body


@pytest.mark.parametrize("kind", ["http", "media-http"])
@pytest.mark.parametrize(
    ("request_bytes", "status", "code"),
    [
        (b"GET /v1/channels?after=" + _LONG + _REST, 414, "uri_too_long"),
        (b"GET /v1/channels HTTP/1.1\r\nHost: charla\r\nX-Long: " + _LONG + b"\r\n\r\n", 431, "header_too_large"),
        (b"GET /v1/channels HTTP/1.1\r\n\r\n", 400, "bad_request"),
        (b"GET /v1/../../etc/passwd" + _REST, 400, "bad_request"),
        (b"GET /v1/%zz" + _REST, 400, "bad_request"),
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400, "bad_request"),
        (b"TRACE /v1/channels" + _REST, 405, "method_not_allowed"),
        (b"POST /v1/x HTTP/1.1\r\nHost: charla\r\nTransfer-Encoding: what\r\n\r\n", 501, "not_implemented"),
        (b"GET /v1/channels HTTP/3.0\r\nHost: charla\r\n\r\n", 505, "version_not_supported"),
    ],
)  # fmt: skip
def test_a_refusal_of_nginx_is_a_problem_with_a_code(
    ports: dict[str, int], kind: str, request_bytes: bytes, status: int, code: str
) -> None:
    got, headers, body = answer(ports[kind], request_bytes)
    assert (got, headers["content-type"]) == (status, "application/problem+json")
    assert headers["x-content-type-options"] == "nosniff"
    assert ("allow" in headers) == (status == 405)  # RFC 9110, 15.5.6
    told = json.loads(body)
    assert (told["code"], told["status"]) == (code, status)


def test_nobody_asks_for_the_place_of_refusals(ports: dict[str, int]) -> None:
    status, _, body = answer(ports["http"], b"GET /.refused" + _REST)
    assert status == 307 or b"bad_request" not in body
