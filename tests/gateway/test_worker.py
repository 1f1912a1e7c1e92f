"""The gateway's gunicorn worker: what leaves on the socket, packet by packet."""

from __future__ import annotations

import logging
import socket
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import gevent
import pytest
from gevent.server import StreamServer
from gunicorn.config import Config

from gateway_flask.worker import OneWrite, Settled, Worker
from plumbing.gevent_worker import Door

HEAD = [("Content-Type", "text/plain"), ("Content-Length", "5")]


class FakeSocket:
    """Keeps the packets, of which it takes at most so many bytes at once."""

    def __init__(self, room: int = 65_536) -> None:
        self.room = room
        self.packets: list[bytes] = []
        self.shut = False

    def send(self, data: bytes) -> int:
        self.packets.append(bytes(data[: self.room]))
        return len(self.packets[-1])

    def sendall(self, data: bytes) -> None:
        self.packets.append(bytes(data))

    def shutdown(self, how: int) -> None:
        assert how == socket.SHUT_RDWR
        self.shut = True


def request_for(method: str = "GET", *, close: bool = False) -> Any:
    return SimpleNamespace(method=method, version=(1, 1), should_close=lambda: close)


def answer_on(sock: FakeSocket, method: str = "GET", *, close: bool = False) -> OneWrite:
    return OneWrite(request_for(method, close=close), sock, Config())


def test_head_and_body_leave_in_one_packet() -> None:
    sock = FakeSocket()
    answer = answer_on(sock)
    answer.start_response("200 OK", list(HEAD))
    answer.write(b"hello")
    answer.close()
    (packet,) = sock.packets
    head, _, body = packet.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Content-Length: 5" in head
    assert b"Connection: keep-alive" in head
    assert b"Date: " in head
    assert body == b"hello"


def test_what_the_kernel_does_not_take_at_once_follows() -> None:
    whole, slow = FakeSocket(), FakeSocket(room=7)
    for sock in (whole, slow):
        answer = answer_on(sock)
        answer.start_response("200 OK", list(HEAD))
        answer.write(b"hello")
        answer.close()
    assert len(slow.packets) == 2
    assert b"".join(slow.packets)[-30:] == b"".join(whole.packets)[-30:]


def test_settings_stay_what_they_are() -> None:
    config = Config()
    config.set("limit_request_fields", 64)
    settled = Settled(config)
    assert {name: getattr(settled, name) for name in config.settings} == {
        name: getattr(config, name) for name in config.settings
    }
    assert settled.forwarded_allow_networks() == config.forwarded_allow_networks()
    assert (settled.is_ssl, settled.address) == (config.is_ssl, config.address)
    with pytest.raises(AttributeError):
        _ = settled.no_such_setting


def test_later_pieces_follow() -> None:
    sock = FakeSocket()
    answer = answer_on(sock)
    answer.start_response("200 OK", list(HEAD))
    answer.write(b"he")
    answer.write(b"llo")
    answer.close()
    assert [packet[-3:] for packet in sock.packets] == [b"\nhe", b"llo"]


@pytest.mark.parametrize(
    ("method", "status"), [("GET", "204 No Content"), ("HEAD", "200 OK"), ("GET", "304 Not Modified")]
)
def test_answers_without_a_body_have_a_head(method: str, status: str) -> None:
    sock = FakeSocket()
    answer = answer_on(sock, method)
    answer.start_response(status, [])
    answer.write(b"")
    answer.close()
    (packet,) = sock.packets
    assert packet.startswith(f"HTTP/1.1 {status}\r\n".encode())
    assert packet.endswith(b"\r\n\r\n")


def test_a_body_of_unknown_length_is_chunked_after_the_head() -> None:
    sock = FakeSocket()
    answer = answer_on(sock)
    answer.start_response("200 OK", [("Content-Type", "text/plain")])
    answer.write(b"hello")
    answer.close()
    whole = b"".join(sock.packets)
    assert b"Transfer-Encoding: chunked\r\n" in whole
    assert whole.endswith(b"\r\n\r\n5\r\nhello\r\n0\r\n\r\n")


def test_a_client_that_wants_to_close_is_told_so() -> None:
    sock = FakeSocket()
    answer = answer_on(sock, close=True)
    answer.start_response("200 OK", list(HEAD))
    answer.write(b"hello")
    assert b"Connection: close\r\n" in sock.packets[0]


class TestFailures:
    """What happens when the application fails."""

    def worker(self, application: Any) -> Worker:
        made = Worker.__new__(Worker)
        made.wsgi, made.alive, made.cfg, made.log = application, True, Config(), logging.getLogger("worker")
        return made

    def run(self, application: Any, sock: FakeSocket) -> None:
        answer = answer_on(sock)
        self.worker(application)._answer(answer, {}, sock)

    def test_before_the_answer_began_it_is_told(self) -> None:
        sock = FakeSocket()

        def fail(_environ: Any, _start: Any) -> Any:
            raise ValueError

        with pytest.raises(ValueError):
            self.run(fail, sock)
        assert not sock.packets

    def test_in_the_middle_the_connection_ends(self) -> None:
        sock, closed = FakeSocket(), []

        class Pieces:
            def __iter__(self) -> Any:
                yield b"he"
                raise ValueError

            def close(self) -> None:
                closed.append(True)

        def begin(_environ: Any, start: Any) -> Any:
            start("200 OK", list(HEAD))
            return Pieces()

        with pytest.raises(StopIteration):
            self.run(begin, sock)
        assert sock.shut
        assert closed == [True]


@pytest.mark.parametrize(("server", "is_answered"), [(Door, True), (StreamServer, False)])
def test_who_has_knocked_is_let_in_before_the_door_closes(server: type[StreamServer], is_answered: bool) -> None:
    """gevent's own server is the proof that this tests something."""
    door = server(("127.0.0.1", 0), handle=lambda sock, _address: sock.sendall(b"come in"))
    door.start()
    # The kernel says that they are connected; nobody here has run yet to accept them.
    knocking = [socket.create_connection(("127.0.0.1", door.server_port), 10) for _ in range(5)]
    door.close()
    gevent.sleep(0)
    assert [_hears(each) for each in knocking] == [is_answered] * 5
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", door.server_port), 10)


def _hears(knocking: socket.socket) -> bool:
    with knocking, suppress(ConnectionResetError):
        return knocking.recv(16) == b"come in"
    return False
