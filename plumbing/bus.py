"""One AMQP connection each for calling and for publishing, written in plain threads.

Under `nameko run` the threads are eventlet's and in the gateway they are gevent's, so this module
serves both, and scripts too.
"""

from __future__ import annotations

import contextlib
import random
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Event as Flag
from threading import Lock, Thread
from typing import Any
from urllib.parse import unquote, urlsplit

import amqp
from amqp import spec
from amqp.exceptions import AMQPError

from contracts.base import Unavailable
from plumbing.endpoints import amqp_uris
from plumbing.lenient_frames import lenient_frame_handler
from plumbing.logs import get_logger

log = get_logger(__name__)

HEARTBEAT_S = 10
CONNECT_TIMEOUT_S = 3
TICK_S = 0.25
#: What a broken connection raises; anything else is a mistake of ours.
BROKEN = (AMQPError, OSError, EOFError, socket.timeout)


class BusLost(Unavailable):
    """The broker went away; whether the work was done is not known."""

    code = "bus_lost"


def connect(uri: str, name: str) -> amqp.Connection:
    """Return an open connection to the first broker of `uri` that takes it, shown there as `name`.

    Raises:
        OSError, AMQPError: None can be reached.
    """
    uris = amqp_uris(uri)
    for each in uris[:-1]:
        try:
            return _connect_one(each, name)
        except BROKEN as error:
            log.warning("bus_node_away", link=name, error=f"{type(error).__name__}: {error}")
    return _connect_one(uris[-1], name)


def _connect_one(uri: str, name: str) -> amqp.Connection:
    parts = urlsplit(uri)
    connection = amqp.Connection(
        host=f"{parts.hostname}:{parts.port or 5672}",
        userid=unquote(parts.username or "guest"),
        password=unquote(parts.password or "guest"),
        virtual_host=unquote(parts.path.lstrip("/")) or "/",
        heartbeat=HEARTBEAT_S,
        connect_timeout=CONNECT_TIMEOUT_S,
        client_properties={"connection_name": name},
        frame_handler=lenient_frame_handler,
    )
    connection.connect()
    return connection


def publish_on(
    channel: amqp.Channel, message: amqp.Message, exchange: str, routing_key: str, *, mandatory: bool = False
) -> None:
    """Send `message` without looking at what comes in: another thread reads this connection.

    (`Channel.basic_publish` reads the socket first, which two threads must not do.)

    Raises:
        OSError, AMQPError: The connection is gone.
    """
    if channel.connection is None or not channel.connection.connected:
        raise OSError("the connection is gone")
    channel.send_method(spec.Basic.Publish, "Bssbb", (0, exchange, routing_key, mandatory, False), message)


def hang_up(connection: amqp.Connection) -> None:
    """End `connection` so that the thread that reads it notices, which then closes it.

    (Closed by another thread, its descriptor could be given to a new socket while it is still read.)
    """
    with suppress(OSError, AttributeError):
        connection.transport.sock.shutdown(socket.SHUT_RDWR)


class Backoff:
    """Growing, jittered delays between attempts to connect."""

    def __init__(self, first_s: float = 0.1, most_s: float = 2.0) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._next_s = first_s

    def reset(self) -> None:
        """Begin again with the shortest delay."""
        self._next_s = self._first_s

    def wait(self, stopped: Flag) -> None:
        """Sleep for the next delay, or until `stopped` is set."""
        stopped.wait(self._next_s * random.uniform(0.7, 1.3))  # noqa: S311 - jitter
        self._next_s = min(self._next_s * 2, self._most_s)


class Link:
    """A connection that is kept up by a thread of its own, which also reads from it.

    Subclasses open their channel in `on_open` and fail what waits in `on_lost`.
    """

    def __init__(self, uri: str, name: str) -> None:
        self._uri = uri
        self._name = name
        self._ready = Flag()
        self._stopped = Flag()
        self._thread: Thread | None = None
        self._start_lock = Lock()
        self._connection: amqp.Connection | None = None

    @property
    def connected(self) -> bool:
        """Whether the broker answers now."""
        return self._ready.is_set()

    def wait_connected(self, timeout_s: float) -> bool:
        """Wait until the broker answers, at most `timeout_s`; return whether it does."""
        return self._ready.is_set() or self._ready.wait(max(0.0, timeout_s))

    def start(self) -> None:
        """Begin to connect, in the background. May be called again."""
        with self._start_lock:
            if self._thread is None:
                self._thread = Thread(target=self._run, name=f"link-{self._name}", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """Close the connection and end the thread."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def on_open(self, connection: amqp.Connection) -> None:
        """Open channels; called at each (re)connection."""
        raise NotImplementedError

    def on_lost(self) -> None:
        """Fail whatever waits for the connection that was lost."""
        raise NotImplementedError

    def on_tick(self) -> None:
        """Do what is due from time to time; called every TICK_S while there is a connection."""

    def _run(self) -> None:
        backoff = Backoff()
        while not self._stopped.is_set():
            try:
                connection = connect(self._uri, self._name)
                self._connection = connection
                self.on_open(connection)
                self._ready.set()
                backoff.reset()
                self._read(connection)
            except BROKEN as error:
                if not self._stopped.is_set():
                    log.warning(
                        "bus_link_lost",
                        link=self._name,
                        error=f"{type(error).__name__}: {error}",
                    )
            except Exception:
                log.exception("bus_link_broke", link=self._name)
            finally:
                self._ready.clear()
                self.on_lost()
                self._close()
            if not self._stopped.is_set():
                backoff.wait(self._stopped)

    def _read(self, connection: amqp.Connection) -> None:
        beat_at = time.monotonic()
        while not self._stopped.is_set():
            with contextlib.suppress(TimeoutError):
                connection.drain_events(timeout=TICK_S)
            now = time.monotonic()
            if now - beat_at >= TICK_S:
                connection.heartbeat_tick()
                self.on_tick()
                beat_at = now

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            if self._stopped.is_set():
                connection.close()
            else:
                connection.collect()
        except BROKEN:
            connection.collect()


Reply = dict[str, Any]


class PendingReply:
    """A reply that has not come yet.

    Args:
        on_done: Runs once, in the reading thread.
        shape: As what the reply is decoded, in the place of plain values; it has `result` and `error`.
    """

    __slots__ = ("_flag", "deadline", "error", "on_done", "reply", "shape")

    def __init__(self, on_done: Callable[[PendingReply], None] | None = None, shape: type[Any] | None = None) -> None:
        self.shape = shape
        self._flag = None if on_done else Flag()
        self.on_done = on_done
        #: Unix time in seconds; what has not come by then is given up. Set when the call is sent.
        self.deadline = 0.0
        self.reply: Any = None
        self.error: Exception | None = None

    def finish(self, reply: Any, error: Exception | None) -> None:
        """Store the outcome and wake whoever waits."""
        self.reply, self.error = reply, error
        if self._flag is not None:
            self._flag.set()
        elif self.on_done is not None:
            self.on_done(self)

    def wait(self, timeout_s: float) -> bool:
        """Return whether the outcome came within `timeout_s`."""
        return self._flag is not None and self._flag.wait(timeout_s)
