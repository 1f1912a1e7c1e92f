"""Which posts were read or reacted to since open screens were told: gathered, so that they hear once a second.

Redis keeps it. Where it is lost, a screen shows the old count until it asks for the post again.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from nameko.extensions import DependencyProvider
from redis import Redis, RedisError

from plumbing.logs import get_logger
from plumbing.redis_client import new_redis
from plumbing.settings import settings

log = get_logger(__name__)

#: Posts in one frame, and channels at a time; what is left over follows a second later.
MOST_POSTS, MOST_CHANNELS = 100, 500
#: What nobody has told of by then is not told any more. Seconds.
KEPT_S = 600
_DUE = "subscriptions:counts"


class LiveCounts:
    """A set of channels that something is to be told of, and a set of posts for each."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def note(self, changed: Collection[tuple[str, str]]) -> None:
        """Remember that the counts of posts (channel, post) have changed."""
        if not changed:
            return
        try:
            pipeline = self._redis.pipeline(transaction=False)
            for channel_id in {channel for channel, _ in changed}:
                pipeline.sadd(_key(channel_id), *(post for channel, post in changed if channel == channel_id))
                pipeline.expire(_key(channel_id), KEPT_S)
                pipeline.sadd(_DUE, channel_id)
            pipeline.execute()
        except (RedisError, OSError) as error:
            log.warning("counts_untold", error=str(error))

    def take(self) -> dict[str, list[str]]:
        """Return the posts to be told of by channel; whoever takes them tells of them."""
        try:
            channels = [each.decode() for each in self._popped(_DUE, MOST_CHANNELS)]
            found = {each: [post.decode() for post in self._popped(_key(each), MOST_POSTS)] for each in channels}
            full = [each for each, posts in found.items() if len(posts) == MOST_POSTS]
            if full:
                self._redis.sadd(_DUE, *full)
        except (RedisError, OSError) as error:
            log.warning("counts_untold", error=str(error))
            return {}
        return {each: posts for each, posts in found.items() if posts}

    def _popped(self, key: str, most: int) -> list[bytes]:
        found: Any = self._redis.spop(key, most)
        return list(found or ())


def _key(channel_id: str) -> str:
    return f"subscriptions:counts:{channel_id}"


class Counts(DependencyProvider):
    """Gives a service `self.counts`, a `LiveCounts`."""

    def setup(self) -> None:
        """Connect."""
        self._counts = LiveCounts(new_redis(settings().redis_url))

    def get_dependency(self, worker_ctx: Any) -> LiveCounts:
        """Return the one of this process."""
        return self._counts
