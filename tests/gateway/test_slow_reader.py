"""A WebSocket whose client does not keep up."""

from __future__ import annotations

from collections.abc import Iterator

import gevent
import pytest
from gevent import socket

from gateway_flask.connection import MAX_QUEUED_BYTES, MAX_QUEUED_FRAMES, Connection
from gateway_flask.frames import Close, close_wire

PATIENCE_S = 60
PIECE = b"x" * 50_000


@pytest.fixture
def wire() -> Iterator[tuple[Connection, socket.socket]]:
    """The gateway's end of a socket, and the client's."""
    ours, theirs = socket.socketpair()
    yield Connection(ours), theirs
    ours.close()
    theirs.close()


def overwhelm(connection: Connection, piece: bytes, most: int) -> int:
    """Write more than may wait; return how many pieces went in."""
    count = 0
    while connection.closing is None:
        connection.write(piece)
        count += 1
        assert count < most, "nothing bounds what waits"
    return count


@pytest.mark.parametrize(("piece", "most"), [(PIECE, 100), (b"x" * 500, 20_000)])
def test_what_waits_for_it_is_bounded(wire: tuple[Connection, socket.socket], piece: bytes, most: int) -> None:
    connection, _ = wire
    overwhelm(connection, piece, most)
    assert connection.closing == Close.TOO_SLOW
    assert connection._queue is not None
    assert len(connection._queue) < MAX_QUEUED_FRAMES
    assert connection._queued_bytes < MAX_QUEUED_BYTES


def test_once_it_reads_it_learns_why_it_was_closed(wire: tuple[Connection, socket.socket]) -> None:
    connection, client = wire
    overwhelm(connection, PIECE, 100)
    come = b""
    with gevent.Timeout(PATIENCE_S):
        while not come.endswith(close_wire(Close.TOO_SLOW)):
            part = client.recv(65_536)
            assert part, "the connection ended without a word"
            come += part
    # What was begun was ended: the goodbye is no part of a frame.
    assert (len(come) - len(close_wire(Close.TOO_SLOW))) % len(PIECE) == 0
