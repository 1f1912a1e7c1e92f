"""How far people have read conversations of late: what is told of a message may come after it was read.

Redis keeps it for some minutes. Where it is lost, a line stays unread until its person reads further there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nameko.extensions import DependencyProvider
from redis import Redis, RedisError

from plumbing.logs import get_logger
from plumbing.redis_client import new_redis
from plumbing.settings import settings

log = get_logger(__name__)

#: Longer than a queue of events takes to be worked off on an ordinary day.
KEPT_S = 600


class RecentReads:
    """Sorted sets, one a conversation: its readers by the seq that they have read up to."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def note(self, conversation_id: str, user_id: str, seq: int) -> None:
        """Remember that a person has read up to `seq`; an earlier one changes nothing."""
        key = _key(conversation_id)
        try:
            pipeline = self._redis.pipeline(transaction=False)
            pipeline.zadd(key, {user_id: seq}, gt=True)
            pipeline.expire(key, KEPT_S)
            pipeline.execute()
        except (RedisError, OSError) as error:
            log.warning("recent_read_lost", error=str(error))

    def readers(self, conversation_id: str, seq: int, people: Sequence[str]) -> list[str]:
        """Return who of `people` has read up to `seq`, as far as that is known."""
        if not people:
            return []
        try:
            marks = self._redis.zmscore(_key(conversation_id), list(people))
        except (RedisError, OSError) as error:
            log.warning("recent_reads_unknown", error=str(error))
            return []
        return [user_id for user_id, mark in zip(people, marks, strict=True) if mark is not None and mark >= seq]


def _key(conversation_id: str) -> str:
    return f"subscriptions:read:{conversation_id}"


class Reads(DependencyProvider):
    """Gives a service `self.reads`, a `RecentReads`."""

    def setup(self) -> None:
        """Connect."""
        self._reads = RecentReads(new_redis(settings().redis_url))

    def get_dependency(self, worker_ctx: Any) -> RecentReads:
        """Return the one of this process."""
        return self._reads
