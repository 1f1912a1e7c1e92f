"""Nginx reads other lists again and again under load: nobody is refused, no socket is lost, no upload breaks."""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

import httpx
import psutil
import pytest

from stack import nginx
from stack.rundir import RunDir
from stack.supervisor import wait_for
from tests.stack.private_nginx import Backend, backend, free_ports, private_nginx

RELOADS = 10
PIECE = 128 * 1024
#: How many answers everybody who asks has had before the next reload.
ANSWERS = 5
#: As many as Nginx has while it reads no other lists.
WORKERS = 2
PATIENCE_S = 120


@dataclass
class Asking:
    """Somebody who asks all the time.

    Attributes:
        keeps: Whether they keep their connection, or open another one each time.
        failed: What went wrong.
        renewed: How often a kept connection was closed before a request was answered.
    """

    url: str
    method: str
    keeps: bool
    answered: int = 0
    renewed: int = 0
    failed: list[str] = field(default_factory=list)
    ending: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Ask on until told to end."""
        with httpx.Client(base_url=self.url, timeout=60) as kept:
            while not self.ending.is_set():
                try:
                    status = self._ask_once_more(kept) if self.keeps else self._ask_anew()
                    self.failed += [] if status == 200 else [str(status)]
                except httpx.HTTPError as failure:
                    self.failed.append(repr(failure))
                self.answered += 1

    def _ask_anew(self) -> int:
        with httpx.Client(base_url=self.url, timeout=60) as fresh:
            return fresh.request(self.method, "/v1/x").status_code

    def _ask_once_more(self, kept: httpx.Client) -> int:
        try:
            return kept.request(self.method, "/v1/x").status_code
        except httpx.HTTPError:
            # A worker that ends closes the connections that nobody uses, perhaps just when somebody does. They ask
            # again on another one, as every browser does (RFC 9112, 9.3.1).
            self.renewed += 1
            return self._ask_anew()


@contextmanager
def asking(url: str) -> Iterator[list[Asking]]:
    """Four who ask while the block runs."""
    everybody = [Asking(url, method, keeps) for method in ("GET", "POST") for keeps in (True, False)]
    threads = [threading.Thread(target=each.run) for each in everybody]
    for thread in threads:
        thread.start()
    try:
        yield everybody
    finally:
        for each in everybody:
            each.ending.set()
        for thread in threads:
            thread.join(PATIENCE_S)


class Wire:
    """A connection, spoken by hand."""

    def __init__(self, port: int, *head: str) -> None:
        self._wire = socket.create_connection(("127.0.0.1", port), 60)
        self._heard = self._wire.makefile("rb")
        self.say("\r\n".join((*head, "Host: x", "", "")).encode())

    def say(self, some: bytes) -> None:
        """Send bytes."""
        self._wire.sendall(some)

    def line(self) -> str:
        """Return the next line."""
        return self._heard.readline().decode().strip()

    def skip_head(self) -> None:
        """Read on behind the next empty line."""
        while self.line():
            pass

    def close(self) -> None:
        """Hang up."""
        self._heard.close()
        self._wire.close()


@dataclass
class Site:
    """Nginx before two instances."""

    run: RunDir
    ports: dict[str, int]
    behind: tuple[Backend, Backend]

    @property
    def workers(self) -> set[int]:
        """The processes that serve, those that end included."""
        master = psutil.Process(int((self.run.path / "nginx" / "nginx.pid").read_text()))
        return {each.pid for each in master.children()}

    def lists(self) -> Iterator[list[int]]:
        """Return lists that differ: both, one of them, the other one, and one beside somebody who is not there."""
        one, other = (each.port for each in self.behind)
        return cycle(([one, other], [other], [one], [*free_ports(1), one]))

    def read(self, instances: list[int]) -> None:
        """Have Nginx choose from others, and wait for the worker that does."""
        before = self.workers
        for name in nginx.UPSTREAMS:
            nginx.choose_from(self.run, name, instances)
        nginx.reload(self.run)
        assert wait_for(lambda: bool(self.workers - before), PATIENCE_S)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with backend() as one, backend() as other, private_nginx(tmp_path, one) as ports:
        for each in (one, other):
            each.open.set()
        yield Site(RunDir(tmp_path), ports, (one, other))


@pytest.mark.timeout(300)
def test_nothing_is_lost_while_nginx_reads_other_lists(site: Site) -> None:
    length = (RELOADS + 1) * PIECE
    upload = Wire(site.ports["media-http"], "PATCH /uploads/1 HTTP/1.1", f"Content-Length: {length}")
    spoken = Wire(site.ports["http"], "GET /v1/ws HTTP/1.1", "Upgrade: websocket", "Connection: Upgrade")
    assert spoken.line().startswith("HTTP/1.1 101")
    spoken.skip_head()
    with asking(f"http://127.0.0.1:{site.ports['http']}") as everybody:
        for instances in islice(site.lists(), RELOADS):
            before = [each.answered for each in everybody]
            site.read(instances)
            upload.say(secrets.token_bytes(PIECE))
            word = secrets.token_hex(8)
            spoken.say(f"{word}\n".encode())
            assert spoken.line() == word
            assert wait_for(lambda before=before: _all_answered(everybody, before), PATIENCE_S)
    assert [each.failed for each in everybody] == [[], [], [], []]
    upload.say(secrets.token_bytes(PIECE))
    assert upload.line() == "HTTP/1.1 200 OK"
    assert length in site.behind[0].received
    # The workers of before are there for those two alone.
    assert len(site.workers) > WORKERS
    upload.close()
    spoken.close()
    assert wait_for(lambda: len(site.workers) == WORKERS, PATIENCE_S)


def _all_answered(everybody: list[Asking], before: list[int]) -> bool:
    """Whether each has had some answers more."""
    return all(each.answered >= count + ANSWERS for each, count in zip(everybody, before, strict=True))


def test_settings_that_nginx_cannot_read_change_nothing(site: Site) -> None:
    """A list that is broken is not taken, and those of before go on serving."""
    before = site.workers
    nginx.upstream(site.run, "gateway").write_text("server nonsense nonsense;\n")
    nginx.reload(site.run)
    words = site.run.path / "words"
    assert wait_for(lambda: "[emerg]" in words.read_text(), PATIENCE_S)
    assert httpx.get(f"http://127.0.0.1:{site.ports['http']}/v1/x").status_code == 200
    assert site.workers == before


def test_one_that_hangs_is_passed_over(site: Site) -> None:
    """A read that it has taken goes to another one when its time is over; everybody else is answered meanwhile."""
    one, other = site.behind
    with socket.create_server(("127.0.0.1", 0)) as frozen:  # takes connections, and never answers
        site.read([one.port, frozen.getsockname()[1], other.port])
        with asking(f"http://127.0.0.1:{site.ports['http']}") as everybody:
            assert wait_for(lambda: sum(each.answered for each in everybody) > 100, PATIENCE_S)
        assert [each.failed for each in everybody if each.method == "GET"] == [[], []]
