"""Redis is only a wake-up: losing it costs delay, never a right and never a message."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from client import Person, WebSocket

from gateway_flask.frames import Frame
from gateway_flask.live import Hub
from plumbing.live_channels import conversation_channel, user_channel

_ROOT = Path(__file__).resolve().parents[2]


def _operator() -> redis.Redis:
    from stack.environment import read

    run_folder = Path(os.environ.get("CHARLA_RUN_DIR", _ROOT / ".run"))
    return redis.Redis.from_url(read(run_folder / "env" / "ops.env")["REDIS_URL"])


def test_a_lost_connection_is_announced_and_comes_back(
    ana: Person, ben: Person, group: str, open_socket: Callable[[Person], WebSocket]
) -> None:
    socket = open_socket(ben)
    with _operator() as operator:
        operator.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
    socket.until({"t": "resync"})
    ana.send(group, "after the loss")
    socket.until({"t": "event", "conv": group, "type": "message.created"})


def test_a_flushed_redis_costs_nothing_that_lasts(ana: Person, ben: Person, group: str) -> None:
    before = ben.ask("GET", "/v1/poll").json["cursor"]
    with _operator() as operator:
        operator.flushall()
    assert ana.send(group, "still here").status == 201
    frames = ben.ask("GET", f"/v1/poll?cursor={before}").json["frames"]
    assert any(frame.get("conv") == group for frame in frames)


class _Reader:
    """A socket without a network."""

    def __init__(self, user_id: str) -> None:
        self.user_id, self.session_id, self.device = user_id, "session", ""
        self.connected_at, self.heard_at = time.time(), time.monotonic()
        self.channels: set[str] = set()
        self.said: list[bytes] = []
        self.closed: int | None = None

    def push(self, frame: Frame) -> None:
        self.said.append(frame.payload)

    def close(self, code: int, reason: str = "") -> None:
        self.closed = code


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Hub:
    """A hub that follows nothing."""
    monkeypatch.setattr("gateway_flask.live.Subscriber", lambda *_: _NoRedis())
    return Hub()


class _NoRedis:
    def follow(self, channels: list[str]) -> None:
        """Follow nothing."""

    def unfollow(self, channels: list[str]) -> None:
        """Follow nothing."""


def test_a_removal_whose_push_was_lost_reaches_the_socket(hub: Hub) -> None:
    reader = _Reader("ben")
    hub.join(reader, [user_channel("ben"), conversation_channel("c")], wait=False)
    hub.end_access("ben", "c", time.time() + 1)
    assert reader.channels == {user_channel("ben")}
    assert reader.said and b"conversation.left" in reader.said[0]


def test_a_removal_before_the_socket_came_is_old_news(hub: Hub) -> None:
    reader = _Reader("ben")
    hub.join(reader, [user_channel("ben"), conversation_channel("c")], wait=False)
    hub.end_access("ben", "c", time.time() - 60)
    assert conversation_channel("c") in reader.channels


def test_a_revoked_session_closes_its_sockets_only(hub: Hub) -> None:
    mine, other = _Reader("ben"), _Reader("ben")
    other.session_id = "another"
    for reader in (mine, other):
        hub.join(reader, [user_channel("ben")], wait=False)
    hub.end_session("ben", "session", None)
    assert (mine.closed, other.closed) == (4401, None)


def test_the_same_device_replaces_only_what_is_older(hub: Hub) -> None:
    old, new = _Reader("ben"), _Reader("ben")
    new.connected_at = old.connected_at + 1
    for reader in (old, new):
        hub.join(reader, [user_channel("ben")], wait=False)
    data = {"session_id": "session", "device": "", "connected_at": new.connected_at}
    hub._replace(user_channel("ben"), data)
    assert (old.closed, new.closed) == (4409, None)
