"""One Redis pub/sub connection for a whole worker: follows channels, comes back by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from threading import Event as Flag
from threading import Lock
from typing import Any

import gevent
from redis import RedisError
from redis.connection import ConnectionPool

from plumbing.bus import Backoff
from plumbing.endpoints import redis_place
from plumbing.logs import get_logger

log = get_logger(__name__)

_PING_EVERY_S = 5.0
_SILENCE_S = 15.0

OnMessage = Callable[[str, bytes], None]


class Subscriber:
    """Follows Redis channels.

    In a cluster any node will do, because each tells all others what is published; a lost one is left for the next.

    Args:
        url: Where Redis is.
        on_message: Called with channel and payload, in the order of their arrival.
        on_return: Called after a lost connection is back and everything is followed again.
    """

    def __init__(self, url: str, on_message: OnMessage, on_return: Callable[[], None]) -> None:
        self._pools = _pools(url)
        self._on_message = on_message
        self._on_return = on_return
        self._lock = Lock()
        self._stopped = Flag()
        self._connection: Any = None  # redis' own interface to a connection has no types
        self._followed: set[str] = set()
        self._waiting: dict[str, Flag] = {}

    @property
    def connected(self) -> bool:
        """Whether Redis answers."""
        return self._connection is not None

    def start(self) -> None:
        """Begin to follow, in the background, until the process ends."""
        gevent.spawn(self._run)
        gevent.spawn(self._ping_forever)

    def follow(self, channels: Iterable[str]) -> None:
        """Follow more channels; see `wait` for when that has come true."""
        fresh = [channel for channel in channels if channel not in self._followed]
        self._followed.update(fresh)
        for channel in fresh:
            self._waiting.setdefault(channel, Flag())
        if fresh:
            self._send("SUBSCRIBE", *fresh)

    def wait(self, channels: Iterable[str], timeout_s: float) -> bool:
        """Return whether all `channels` are followed by Redis' own word within `timeout_s`."""
        end = time.monotonic() + timeout_s
        for channel in channels:
            flag = self._waiting.get(channel)
            if flag is not None and not flag.wait(max(0.0, end - time.monotonic())):
                return False
        return True

    def unfollow(self, channels: Iterable[str]) -> None:
        """Follow some channels no longer."""
        gone = [channel for channel in channels if channel in self._followed]
        self._followed.difference_update(gone)
        for channel in gone:
            self._release(channel)
        if gone:
            self._send("UNSUBSCRIBE", *gone)

    def _send(self, *command: str) -> None:
        with self._lock:
            connection = self._connection
            if connection is None:
                return
            try:
                connection.send_command(*command, check_health=False)
            except (RedisError, OSError):
                connection.disconnect()

    def _run(self) -> None:
        backoff = Backoff(0.1, 2.0)
        first = True
        while True:
            try:
                connection = self._connect()
                backoff.reset()
                if not first:
                    gevent.spawn(self._announce_return)
                first = False
                self._read(connection)
            except (RedisError, OSError) as error:
                self._connection = None
                log.warning("live_redis_lost", error=str(error))
                backoff.wait(self._stopped)
            except Exception:  # noqa: BLE001 - the live path goes on whatever one message did
                self._connection = None
                log.exception("live_reader_failed")
                backoff.wait(self._stopped)

    def _connect(self) -> Any:
        connection: Any = self._pools[0].make_connection()
        # Where this fails, or is lost later, the next node is asked.
        self._pools = [*self._pools[1:], self._pools[0]]
        connection.connect()
        with self._lock:
            for channel in self._followed:
                self._waiting.setdefault(channel, Flag())
            followed = sorted(self._followed)
            for start in range(0, len(followed), 1_000):
                connection.send_command("SUBSCRIBE", *followed[start : start + 1_000], check_health=False)
            self._connection = connection
        return connection

    def _read(self, connection: Any) -> None:
        read: Callable[[], Any] = connection.read_response
        while True:
            answer = read()
            kind = answer[0]
            if kind == b"message":
                self._on_message(answer[1].decode(), answer[2])
            elif kind == b"subscribe":
                self._release(answer[1].decode())

    def _release(self, channel: str) -> None:
        flag = self._waiting.pop(channel, None)
        if flag is not None:
            flag.set()

    def _announce_return(self) -> None:
        self.wait(list(self._followed), 5.0)
        self._on_return()

    def _ping_forever(self) -> None:
        while True:
            gevent.sleep(_PING_EVERY_S)
            self._send("PING")


def _pools(url: str) -> list[ConnectionPool]:
    """Return what makes connections to each node that `url` names."""
    place = redis_place(url)
    options: dict[str, Any] = {"protocol": 2, "socket_timeout": _SILENCE_S, "socket_connect_timeout": 2}
    if not place.in_cluster:
        return [ConnectionPool.from_url(url, health_check_interval=0, **options)]
    sign_in: dict[str, Any] = {"username": place.username, "password": place.password, "health_check_interval": 0}
    return [ConnectionPool(host=each.host, port=each.port, **sign_in, **options) for each in place.endpoints]
