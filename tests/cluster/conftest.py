"""Three servers of Redis on this machine, as one cluster."""

from __future__ import annotations

import secrets
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from redis import Redis

from drill.cluster import cache_nodes
from drill.cluster.cache_nodes import Place

OPERATOR, SERVICES = "ops", ("things", "ads", "media", "subscriptions")
HOST = "127.0.0.1"
#: A busy machine shall not make servers take each other for dead.
NODE_TIMEOUT_MS = 60_000


@dataclass
class RedisCluster:
    """A running one, and how a service signs in."""

    places: list[Place]
    passwords: dict[str, str]
    servers: dict[Place, subprocess.Popen[bytes]] = field(default_factory=dict)

    def url(self, user: str = SERVICES[0], places: list[Place] | None = None) -> str:
        hosts = ",".join(f"{each.host}:{each.port}" for each in places or self.places)
        return f"redis+cluster://{user}:{self.passwords[user]}@{hosts}/0"

    def operator(self, place: Place) -> Redis:
        """Return the operator's client of one server."""
        return cache_nodes.client(place, OPERATOR, self.passwords[OPERATOR])


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        return int(taken.getsockname()[1])


@pytest.fixture(scope="session")
def redis_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisCluster]:
    found = RedisCluster(
        [Place(HOST, free_port(), free_port()) for _ in range(3)],
        {user: secrets.token_hex(8) for user in (OPERATOR, *SERVICES)},
    )
    with ExitStack() as ending:
        for place in found.places:
            found.servers[place] = _server(tmp_path_factory.mktemp("redis"), place, found.passwords)
            ending.callback(found.servers[place].wait)
            ending.callback(found.servers[place].kill)
        cache_nodes.form(found.places, {}, OPERATOR, found.passwords[OPERATOR])
        yield found


def _server(folder: Path, place: Place, passwords: dict[str, str]) -> subprocess.Popen[bytes]:
    program = shutil.which("redis-server")
    assert program is not None
    (folder / "redis.conf").write_text(cache_nodes.settings(place, str(folder), passwords, OPERATOR, NODE_TIMEOUT_MS))
    with (folder / "log").open("wb") as log:
        return subprocess.Popen([program, str(folder / "redis.conf")], stdout=log, stderr=log)
