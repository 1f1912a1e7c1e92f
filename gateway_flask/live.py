"""The hub of a worker: which socket follows which channel, and what reaches it."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable
from typing import Any

import gevent

from contracts.base import Unavailable
from gateway_flask import metrics
from gateway_flask.frames import DRAIN, PING, RESYNC, Close, Frame, frame_of
from gateway_flask.places import JOINED, LEFT, Kind
from gateway_flask.presence import Presence
from gateway_flask.readers import Reader
from gateway_flask.subscriber import Subscriber
from plumbing import codec
from plumbing.live_channels import REVOCATIONS, user_channel
from plumbing.revocations import revocations
from plumbing.settings import settings

HEARTBEAT_S = 25.0
_SWEEP_S = 5.0
_FOLLOW_S = 2.0
_DRAIN_SPREAD_S = 1.5


class Hub:
    """All readers of this worker, behind one Redis connection."""

    def __init__(self) -> None:
        self._readers: dict[str, set[Reader]] = {}
        self._sockets: set[Reader] = set()
        self.presence = Presence()
        self.draining = False
        self.subscriber = Subscriber(settings().redis_url, self._on_message, self._on_redis_return)

    def start(self) -> None:
        """Begin to follow Redis and to look after the sockets, in the background."""
        self.subscriber.follow([REVOCATIONS])
        self.subscriber.start()
        self.presence.start()
        gevent.spawn(self._sweep_forever)

    @property
    def socket_count(self) -> int:
        """How many WebSockets are open here."""
        return len(self._sockets)

    # readers come and go
    def add_socket(self, reader: Reader) -> None:
        """Count a WebSocket whose owner is known."""
        self._sockets.add(reader)
        metrics.SOCKETS.inc()

    def join(self, reader: Reader, channels: Iterable[str], *, wait: bool = True) -> None:
        """Let `reader` have what comes on `channels`.

        Raises:
            Unavailable: Redis does not confirm it in time.
        """
        wanted = [channel for channel in channels if channel not in reader.channels]
        for channel in wanted:
            self._readers.setdefault(channel, set()).add(reader)
        reader.channels.update(dict.fromkeys(wanted, time.monotonic()))
        self.subscriber.follow(wanted)
        if wait and not self.subscriber.wait(wanted, _FOLLOW_S):
            raise Unavailable(code="live_away", retry_after_s=2)

    def leave(self, reader: Reader, channels: Iterable[str]) -> None:
        """Keep from `reader` what comes on `channels`."""
        empty = []
        for channel in channels:
            reader.channels.pop(channel, None)
            readers = self._readers.get(channel)
            if readers is None:
                continue
            readers.discard(reader)
            if not readers:
                del self._readers[channel]
                empty.append(channel)
        self.subscriber.unfollow(empty)

    def remove(self, reader: Reader) -> None:
        """Forget a reader."""
        if reader in self._sockets:
            self._sockets.discard(reader)
            metrics.SOCKETS.dec()
        self.leave(reader, list(reader.channels))

    # what comes from Redis
    def _on_message(self, channel: str, payload: bytes) -> None:
        if channel == REVOCATIONS:
            value = _decoded(payload)
            self._on_revocation(value.get("data", value))
            return
        frame = Frame(payload)
        # Only what is for one person is read here: a frame for a thousand sockets is passed on as it came.
        if channel.startswith("user:") and self._is_control(channel, frame, _decoded(payload)):
            return
        self._deliver(channel, frame)

    def _deliver(self, channel: str, frame: Frame) -> None:
        readers = self._readers.get(channel)
        if readers:
            for reader in tuple(readers):
                reader.push(frame)
            metrics.FRAMES.inc(len(readers))

    def _is_control(self, channel: str, frame: Frame, value: dict[str, Any]) -> bool:
        """Act on a control event; tell whether that was all that should come of it."""
        data = value.get("data")
        if not isinstance(data, dict):
            return False
        if value.get("t") == "replaced":
            self._replace(channel, data)
            return True
        kind = str(value.get("type"))
        if kind in JOINED:
            self._join_all(channel, JOINED[kind].redis(JOINED[kind].find_id(data)), frame)
            return True
        if kind in LEFT:
            self._leave_all(channel, LEFT[kind].everything(LEFT[kind].find_id(data)))
        elif kind == "session.revoked":
            user_id = channel.removeprefix("user:")
            self._on_revocation({"user_id": user_id, "session_id": data.get("session_id")})
        return False

    def _join_all(self, channel: str, place: str, frame: Frame) -> None:
        """Let all readers of a person follow a place, and tell them when it is so.

        They join before anything else comes from Redis: leaving the place a moment later undoes it.
        """
        for reader in tuple(self._readers.get(channel, ())):
            self.join(reader, [place], wait=False)
            gevent.spawn(self._tell_joined, reader, place, frame)

    def _tell_joined(self, reader: Reader, place: str, frame: Frame) -> None:
        if not self.subscriber.wait([place], _FOLLOW_S):
            reader.push(RESYNC)
        if place in reader.channels:
            reader.push(frame)

    def _leave_all(self, channel: str, places: list[str]) -> None:
        for reader in tuple(self._readers.get(channel, ())):
            self.leave(reader, places)

    def _replace(self, channel: str, data: dict[str, Any]) -> None:
        for reader in tuple(self._readers.get(channel, ())):
            same = (reader.session_id, reader.device) == (data.get("session_id"), data.get("device"))
            if same and reader.connected_at < float(data.get("connected_at", 0)):
                reader.close(Close.REPLACED, "replaced")

    # rights that end
    def _on_revocation(self, data: dict[str, Any]) -> None:
        user_id, session_id = data.get("user_id"), data.get("session_id")
        if isinstance(user_id, str):
            self.end_session(user_id, session_id, data.get("revoked_at"))

    def end_session(self, user_id: str, session_id: str | None, revoked_at: str | None) -> None:
        """Remember an ended session and close its sockets."""
        if not revocations.add(user_id, session_id, revoked_at):
            return
        for reader in tuple(self._readers.get(user_channel(user_id), ())):
            if session_id is None or reader.session_id == session_id:
                reader.close(Close.NOT_AUTHENTICATED, "session_ended")

    def end_access(self, kind: Kind, user_id: str, place_id: str, asked_at: float) -> None:
        """Keep a place from a person's sockets, where the push that says so was lost or overtaken.

        Args:
            kind: The kind of the place.
            user_id: Who had no access to it any more when that was asked.
            place_id: The place.
            asked_at: When that was (monotonic, s). Who follows it since then may have been let in again.
        """
        channel, place = user_channel(user_id), kind.redis(place_id)
        left = frame_of(kind.left(place_id))
        for reader in tuple(self._readers.get(channel, ())):
            if reader.channels.get(place, asked_at) < asked_at:
                self.leave(reader, kind.everything(place_id))
                reader.push(left)

    # looking after sockets
    def _on_redis_return(self) -> None:
        for reader in tuple(self._sockets):
            reader.push(RESYNC)

    def _sweep_forever(self) -> None:
        while True:
            gevent.sleep(_SWEEP_S)
            metrics.CHANNELS.set(len(self._readers))
            revocations.forget_old()
            self.sweep()

    def sweep(self) -> None:
        """Ask sockets that have been silent whether they are there, and close those that did not answer."""
        now = time.monotonic()
        for reader in tuple(self._sockets):
            silent_s = now - reader.heard_at
            if silent_s > 2 * HEARTBEAT_S:
                reader.close(Close.NO_HEARTBEAT, "no_heartbeat")
            elif silent_s > HEARTBEAT_S:
                reader.push(PING)

    def drain(self) -> None:
        """Answer the long polls, tell all sockets to go elsewhere, then close them, spread over a moment."""
        self.draining = True
        for reader in {reader for readers in self._readers.values() for reader in readers} - self._sockets:
            reader.close(Close.DRAINING, "draining")
        sockets = list(self._sockets)
        random.shuffle(sockets)
        for reader in sockets:
            reader.push(DRAIN)
        for number, reader in enumerate(sockets):
            if number % 50 == 0:
                gevent.sleep(_DRAIN_SPREAD_S * 50 / max(len(sockets), 50))
            reader.close(Close.DRAINING, "draining")


def _decoded(payload: bytes) -> dict[str, Any]:
    try:
        value = codec.decode(payload)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


_hub: Hub | None = None


def hub() -> Hub:
    """Return this worker's hub, made on first use and so after the fork."""
    global _hub  # noqa: PLW0603 - one a process
    if _hub is None:
        _hub = Hub()
    return _hub
