"""Who is there now: kept in Redis for a minute at a time, told to those who watch a conversation."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import gevent
from redis import RedisError

from contracts.clock import rfc3339
from gateway_flask.redis_store import store
from plumbing import codec
from plumbing.live_channels import presence_channel
from plumbing.logs import get_logger

log = get_logger(__name__)

_FRESH_S = 75.0
_REFRESH_S = 25.0
_SEEN_S = 30 * 24 * 3600
#: A person's presence is told in at most this many of their conversations.
_MAX_CONVERSATIONS = 200
_BATCH = 500


def _online_key(user_id: str) -> str:
    return f"gateway:online:{user_id}"


def _seen_key(user_id: str) -> str:
    return f"gateway:seen:{user_id}"


def presence_of(user_ids: list[str]) -> list[dict[str, Any]]:
    """Return {user_id, online, last_seen_at} of people; without Redis nobody is known to be there."""
    now = time.time()
    pipeline = store().pipeline(transaction=False)
    for user_id in user_ids:
        pipeline.zcount(_online_key(user_id), now, "+inf")
        pipeline.get(_seen_key(user_id))
    try:
        found = pipeline.execute() if user_ids else []
    except (RedisError, OSError):
        found = [0, None] * len(user_ids)
    return [
        {"user_id": user_id, "online": bool(found[2 * at]), "last_seen_at": _text(found[2 * at + 1])}
        for at, user_id in enumerate(user_ids)
    ]


def _text(raw: bytes | None) -> str | None:
    return raw.decode() if raw is not None else None


class Presence:
    """The people with a socket on this worker.

    Arrivals and departures of one second are told together, so that a thousand people who come
    at once cost each conversation one frame.
    """

    def __init__(self) -> None:
        self._member = f"{os.uname().nodename}-{os.getpid()}"
        self._sockets: dict[str, int] = {}
        self._changed: dict[str, list[str]] = {}

    def start(self) -> None:
        """Begin to tell Redis, in the background."""
        gevent.spawn(self._run)

    def came(self, user_id: str, conversation_ids: Iterable[str]) -> None:
        """Count a socket of `user_id`."""
        self._sockets[user_id] = self._sockets.get(user_id, 0) + 1
        if self._sockets[user_id] == 1:
            self._changed[user_id] = list(conversation_ids)[:_MAX_CONVERSATIONS]

    def went(self, user_id: str, conversation_ids: Iterable[str]) -> None:
        """Count a socket of `user_id` less."""
        left = self._sockets.get(user_id, 0) - 1
        if left > 0:
            self._sockets[user_id] = left
            return
        self._sockets.pop(user_id, None)
        self._changed[user_id] = list(conversation_ids)[:_MAX_CONVERSATIONS]

    def _run(self) -> None:
        refreshed_at = time.monotonic()
        while True:
            gevent.sleep(1.0)
            try:
                self._tell_changes()
                if time.monotonic() - refreshed_at > _REFRESH_S:
                    refreshed_at = time.monotonic()
                    self._refresh()
            except (RedisError, OSError) as error:
                log.warning("presence_away", error=str(error))

    def _tell_changes(self) -> None:
        changed, self._changed = self._changed, {}
        people = list(changed)
        if not people:
            return
        self._store(people)
        rooms: dict[str, list[dict[str, Any]]] = {}
        for view in presence_of(people):
            for conversation_id in changed[view["user_id"]]:
                rooms.setdefault(conversation_id, []).append(view)
        pipeline = store().pipeline(transaction=False)
        for conversation_id, users in rooms.items():
            frame = {"t": "presence", "conv": conversation_id, "users": users[:_BATCH]}
            pipeline.publish(presence_channel(conversation_id), codec.encode(frame))
        pipeline.execute()

    def _store(self, people: list[str]) -> None:
        now = rfc3339(datetime.now(UTC))
        pipeline = store().pipeline(transaction=False)
        for user_id in people:
            if user_id in self._sockets:
                self._hold(pipeline, user_id)
            else:
                pipeline.zrem(_online_key(user_id), self._member)
            pipeline.set(_seen_key(user_id), now, ex=_SEEN_S)
        pipeline.execute()

    def _refresh(self) -> None:
        people = list(self._sockets)
        for start in range(0, len(people), _BATCH):
            pipeline = store().pipeline(transaction=False)
            for user_id in people[start : start + _BATCH]:
                self._hold(pipeline, user_id)
            pipeline.execute()
            gevent.sleep(0)

    def _hold(self, pipeline: Any, user_id: str) -> None:
        pipeline.zadd(_online_key(user_id), {self._member: time.time() + _FRESH_S})
        pipeline.expire(_online_key(user_id), int(_FRESH_S))
