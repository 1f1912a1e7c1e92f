"""What Nginx answers by itself is as careful as what it passes on; and it answers nothing that nobody needs."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from stack import nginx
from stack.rundir import RunDir
from tests.stack.private_nginx import Backend, backend, free_ports, private_nginx


@dataclass
class Installation:
    """An Nginx of our own, of an installation that keeps to HTTPS, which something in front of it speaks."""

    http: str
    media: str
    ports: dict[str, int]
    behind: Backend
    client: Path
    words: Path


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with backend() as behind, of_our_own(tmp_path_factory.mktemp("nginx"), behind) as found:
        yield found


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The same, with nobody behind it."""
    with of_our_own(tmp_path_factory.mktemp("nginx"), Backend(port=free_ports(1)[0])) as found:
        yield found


@contextmanager
def of_our_own(folder: Path, behind: Backend) -> Iterator[Installation]:
    with pytest.MonkeyPatch.context() as settings:
        settings.delenv("CHARLA_TLS", raising=False)
        settings.setenv("PUBLIC_URL", "https://chat.example.org")
        settings.setenv("MEDIA_URL", "https://media.example.org")
        with private_nginx(folder, behind) as ports:
            http, media = (f"http://127.0.0.1:{ports[door]}" for door in ("http", "media-http"))
            client = Path(nginx.values(RunDir(folder), ports)["WEB"])
            yield Installation(http, media, ports, behind, client, folder / "words")


@contextmanager
def an_icon_of(client: Path, name: str = "x.png") -> Iterator[None]:
    """Put one there, for Nginx to read: it may run as somebody else, and `./charla` keeps its own files to itself."""
    before = os.umask(0o022)
    try:
        (client / "en" / "icons").mkdir(parents=True)
        (client / "en" / "icons" / name).write_bytes(b"x")
        yield
    finally:
        os.umask(before)
        shutil.rmtree(client)


def is_careful(answer: httpx.Response) -> None:
    headers = answer.headers
    assert headers.get_list("X-Content-Type-Options") == ["nosniff"], answer.url
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], answer.url
    assert headers.get_list("Strict-Transport-Security") == ["max-age=31536000"], answer.url


@pytest.mark.parametrize(
    ("door", "path", "status"),
    [
        ("http", "/", 307),
        ("http", "/c/1", 307),
        ("http", "/en", 308),
        ("http", "/en/none.js", 404),
        ("http", "/favicon.ico", 404),
        ("media", "/", 404),
        ("media", "/../secrets", 404),
    ],
)
def test_its_own_answers_let_nothing_run_and_nobody_frame_them(
    running: Installation, door: str, path: str, status: int
) -> None:
    answer = httpx.get(getattr(running, door) + path)
    assert answer.status_code == status
    is_careful(answer)


def test_so_does_what_it_says_of_a_body_that_is_too_large(running: Installation) -> None:
    answer = httpx.post(f"{running.http}/v1/x", content=b" " * 1_100_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    is_careful(answer)


@pytest.mark.parametrize(("door", "path"), [("http", "/v1/x"), ("http", "/readyz"), ("media", "/uploads")])
def test_so_does_what_it_says_where_nobody_answers_it(alone: Installation, door: str, path: str) -> None:
    answer = httpx.get(getattr(alone, door) + path, timeout=30)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    is_careful(answer)


def test_what_goes_wrong_tells_nobody_a_webhooks_address(alone: Installation) -> None:
    for path in ("/v1/hooks/1/hidden-word", "/v1/shown-word"):
        assert httpx.post(alone.http + path, timeout=30).status_code == 503
    words = alone.words.read_text()
    assert "shown-word" in words
    assert "hidden-word" not in words


def test_what_it_passes_on_is_left_as_it_is(running: Installation) -> None:
    answer = httpx.get(f"{running.http}/v1/x")
    assert answer.status_code == 200
    assert "Content-Security-Policy" not in answer.headers


@pytest.mark.parametrize("path", ["/metrics", "/healthz/metrics", "/actuator", "/eureka/apps", "/v2", "/internal"])
def test_it_passes_on_nothing_but_the_api(running: Installation, path: str) -> None:
    before = len(running.behind.seen)
    for door in running.http, running.media:
        httpx.get(door + path)
    assert len(running.behind.seen) == before


@pytest.mark.parametrize("door", ["http", "media"])
@pytest.mark.parametrize("path", ["/", "/v1/x", "/media/1", "/en/"])
def test_it_traces_nothing(running: Installation, door: str, path: str) -> None:
    assert httpx.request("TRACE", getattr(running, door) + path).status_code == 405


@pytest.mark.parametrize("path", ["/en/assets/", "/en/icons/", "/.git/config", "/en/.git/config", "/en/../nginx.conf"])
def test_it_lists_no_folder_and_serves_nothing_but_the_client(running: Installation, path: str) -> None:
    with an_icon_of(running.client, "secret-name.png"):
        answer = httpx.get(running.http + path, follow_redirects=False)
    assert answer.status_code in (307, 403, 404)
    assert "secret-name" not in answer.text
    assert "Index of" not in answer.text


def test_text_says_how_it_is_encoded(running: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    def told(path: str) -> str:
        return httpx.get(running.http + path).headers["Content-Type"]

    assert told("/en/none.js") == "text/plain; charset=utf-8"
    monkeypatch.setattr(running.behind, "content_type", "text/html")
    assert told("/v1/receipt") == "text/html; charset=utf-8"
    monkeypatch.setattr(running.behind, "content_type", "application/json")
    assert told("/v1/x") == "application/json"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", {}, 307),
        ("/en", {}, 308),
        ("/favicon.ico", {}, 404),
        ("/en/icons/x.png", {"Range": "bytes=9-"}, 416),
        ("/en/icons/x.png", {"If-Match": '"other"'}, 412),
    ],
)
def test_so_do_the_pages_that_it_has_built_in(
    running: Installation, path: str, headers: dict[str, str], status: int
) -> None:
    with an_icon_of(running.client):
        answer = httpx.get(running.http + path, headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert answer.text.isascii()


def test_a_redirect_that_it_passes_on_says_so_still(running: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running.behind, "status", 302)
    monkeypatch.setattr(running.behind, "content_type", "text/html; charset=utf-8")
    assert httpx.get(f"{running.http}/v1/x").headers["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(("door", "path"), [("http", "/v1/x"), ("media-http", "/uploads")])
def test_a_body_whose_end_is_told_twice_is_refused(running: Installation, door: str, path: str) -> None:
    before = len(running.behind.seen)
    asked = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    with socket.create_connection(("127.0.0.1", running.ports[door]), 30) as link:
        link.sendall(asked.encode())
        with link.makefile("rb") as heard:
            assert heard.readline().startswith(b"HTTP/1.1 400")
    assert len(running.behind.seen) == before


def test_it_does_not_say_its_version(running: Installation) -> None:
    assert httpx.get(f"{running.http}/en").headers["Server"] == "nginx"
