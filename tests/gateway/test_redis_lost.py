"""Redis is only a wake-up: losing it costs delay, never a right and never a message."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import redis
from client import Person, WebSocket

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
        operator.flushdb()  # the stack's own: tests of the services use other databases of this Redis
    assert ana.send(group, "still here").status == 201
    frames = ben.ask("GET", f"/v1/poll?cursor={before}").json["frames"]
    assert any(frame.get("conv") == group for frame in frames)
