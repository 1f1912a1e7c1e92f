"""The hub of a worker without Redis: who gets what, what ends, and what is never done."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable, Iterator

import gevent
import pytest
import websocket

from gateway_flask.connection import Connection
from gateway_flask.frames import Frame
from gateway_flask.live import HEARTBEAT_S, Hub
from gateway_flask.places import CHANNEL, CONVERSATION, Kind
from gateway_flask.watch import Watch
from plumbing import codec
from plumbing.live_channels import followers_channel, user_channel

PLACES = [CONVERSATION, CHANNEL]


class Reader:
    """A socket without a network."""

    def __init__(self, user_id: str) -> None:
        self.user_id, self.session_id, self.device = user_id, "session", ""
        self.connected_at, self.heard_at = time.time(), time.monotonic()
        self.channels: dict[str, float] = {}
        self.frames: list[Frame] = []
        self.closed: int | None = None

    @property
    def said(self) -> list[object]:
        return [codec.decode(frame.payload) for frame in self.frames]

    def push(self, frame: Frame) -> None:
        self.frames.append(frame)

    def close(self, code: int, reason: str = "") -> None:
        self.closed = code


class NoRedis:
    """Follows nothing, and confirms it."""

    def follow(self, channels: Iterable[str]) -> None: ...

    def unfollow(self, channels: Iterable[str]) -> None: ...

    def wait(self, channels: Iterable[str], timeout_s: float) -> bool:
        return True


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Hub:
    """A hub that follows nothing."""
    monkeypatch.setattr("gateway_flask.live.Subscriber", lambda *_: NoRedis())
    return Hub()


@pytest.fixture
def watched(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> tuple[Hub, Watch]:
    """A hub, and what tells it that Ben may see neither the conversation nor the channel `p`."""
    removed = [{"user_id": "ben", "conversation_id": "p", "channel_id": "p"}]
    monkeypatch.setattr("gateway_flask.watch.call_as_gateway", lambda *_: removed)
    return hub, Watch(hub)


def look(watch: Watch) -> None:
    """Let it ask once."""
    watch._look_at_members("")
    watch._look_at_followers("")


def signed_in(hub: Hub, *places: str) -> Reader:
    """Return a reader of Ben's who follows some places."""
    reader = Reader("ben")
    hub.join(reader, [user_channel("ben"), *places])
    return reader


def test_what_comes_in_a_channel_is_neither_decoded_nor_encoded_for_each_socket(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One frame, made once, goes to all of them as it came; `{` shows that nobody looked."""
    readers = [signed_in(hub, followers_channel("c")) for _ in range(3)]
    monkeypatch.setattr("gateway_flask.live._decoded", lambda payload: pytest.fail("it was decoded"))
    hub._on_message(followers_channel("c"), b"{")
    frames = [reader.frames for reader in readers]
    assert frames == [[frames[0][0]]] * 3
    assert frames[0][0].payload == b"{"


@pytest.mark.parametrize("kind", PLACES, ids=lambda kind: kind.name)
def test_joining_is_told_once_it_is_so(hub: Hub, kind: Kind) -> None:
    reader = signed_in(hub)
    hub._on_message(user_channel("ben"), codec.encode(kind.joined("p")))
    gevent.wait(timeout=5)
    assert kind.redis("p") in reader.channels
    assert reader.said == [kind.joined("p")]


@pytest.mark.parametrize("kind", PLACES, ids=lambda kind: kind.name)
def test_leaving_undoes_a_joining_that_came_with_it(hub: Hub, kind: Kind) -> None:
    """Both frames are read before anything else runs; the reader does not stay in."""
    reader = signed_in(hub)
    for frame in (kind.joined("p"), kind.left("p")):
        hub._on_message(user_channel("ben"), codec.encode(frame))
    gevent.wait(timeout=5)
    assert set(reader.channels) == {user_channel("ben")}
    assert reader.said == [kind.left("p")]


@pytest.mark.parametrize("kind", PLACES, ids=lambda kind: kind.name)
def test_a_removal_whose_push_was_lost_reaches_the_socket(watched: tuple[Hub, Watch], kind: Kind) -> None:
    hub, watch = watched
    reader = signed_in(hub, *kind.everything("p"))
    look(watch)
    assert set(reader.channels) == {user_channel("ben")}
    assert reader.said == [kind.left("p")]


@pytest.mark.parametrize("kind", PLACES, ids=lambda kind: kind.name)
def test_a_joining_that_comes_after_the_leaving_is_undone(watched: tuple[Hub, Watch], kind: Kind) -> None:
    """Pushes of two processes overtake each other: the older one is heard last."""
    hub, watch = watched
    reader = signed_in(hub, kind.redis("p"))
    hub._on_message(user_channel("ben"), codec.encode(kind.left("p")))
    look(watch)
    hub._on_message(user_channel("ben"), codec.encode(kind.joined("p")))
    gevent.wait(timeout=5)
    assert kind.redis("p") in reader.channels
    look(watch)
    assert set(reader.channels) == {user_channel("ben")}
    assert reader.said[-1] == kind.left("p")


@pytest.mark.parametrize("kind", PLACES, ids=lambda kind: kind.name)
def test_who_was_let_in_since_it_was_asked_stays(hub: Hub, kind: Kind) -> None:
    asked_at = time.monotonic()
    reader = signed_in(hub, kind.redis("p"))
    hub.end_access(kind, "ben", "p", asked_at)
    assert (kind.redis("p") in reader.channels, reader.said) == (True, [])


def test_a_revoked_session_closes_its_sockets_only(hub: Hub) -> None:
    mine, other = signed_in(hub), signed_in(hub)
    other.session_id = "another"
    hub.end_session("ben", "session", None)
    assert (mine.closed, other.closed) == (4401, None)


def test_the_same_device_replaces_only_what_is_older(hub: Hub) -> None:
    old, new = signed_in(hub), signed_in(hub)
    new.connected_at = old.connected_at + 1
    data = {"session_id": "session", "device": "", "connected_at": new.connected_at}
    hub._on_message(user_channel("ben"), codec.encode({"t": "replaced", "data": data}))
    assert (old.closed, new.closed) == (4409, None)


@pytest.fixture
def wire() -> Iterator[tuple[Connection, websocket.WebSocket]]:
    """A real socket: the gateway's end of it and the client's."""
    ours, theirs = socket.socketpair()
    client = websocket.WebSocket()
    client.sock, client.connected = theirs, True
    theirs.settimeout(5)
    yield Connection(ours), client
    ours.close()
    theirs.close()


def silent_for(connection: Connection, seconds: float) -> None:
    connection.heard_at = time.monotonic() - seconds


def test_a_silent_socket_is_asked_and_then_closed_with_4408(
    hub: Hub, wire: tuple[Connection, websocket.WebSocket]
) -> None:
    connection, client = wire
    hub.add_socket(connection)
    silent_for(connection, HEARTBEAT_S - 1)
    hub.sweep()
    assert connection.open
    silent_for(connection, HEARTBEAT_S + 1)
    hub.sweep()
    assert client.recv() == '{"t":"ping"}'
    silent_for(connection, 2 * HEARTBEAT_S + 1)
    hub.sweep()
    opcode, data = client.recv_data()
    assert opcode == websocket.ABNF.OPCODE_CLOSE
    assert (int.from_bytes(data[:2], "big"), data[2:]) == (4408, b"no_heartbeat")
