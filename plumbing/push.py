"""The live path's first half: frames to Redis pub/sub. Redis is only a wake-up; nothing is kept in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nameko.extensions import DependencyProvider
from redis import Redis, RedisError

from plumbing import codec, metrics
from plumbing.live_channels import conversation_channel, user_channel
from plumbing.logs import get_logger
from plumbing.redis_client import new_redis
from plumbing.settings import settings

log = get_logger(__name__)


class Pusher:
    """Publishes frames; failures are counted and logged, and never reach the caller."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def conversation(self, conversation_id: str, frame: dict[str, Any] | bytes) -> None:
        """Push one frame to everybody who looks at a conversation."""
        self.many([(conversation_channel(conversation_id), frame)])

    def user(self, user_id: str, frame: dict[str, Any] | bytes) -> None:
        """Push one frame to all sockets of a person."""
        self.many([(user_channel(user_id), frame)])

    def many(self, frames: Sequence[tuple[str, dict[str, Any] | bytes]]) -> None:
        """Push (channel, frame) pairs in one round trip."""
        if not frames:
            return
        try:
            pipeline = self._redis.pipeline(transaction=False)
            for channel, frame in frames:
                pipeline.publish(channel, frame if isinstance(frame, bytes) else codec.encode(frame))
            pipeline.execute()
        except (RedisError, OSError) as error:
            metrics.PUSH_FAILURES.inc(len(frames))
            log.warning("push_lost", frames=len(frames), error=str(error))


class Push(DependencyProvider):
    """Gives a service `self.push`, a `Pusher`."""

    def setup(self) -> None:
        self._pusher = Pusher(new_redis(settings().redis_url))

    def get_dependency(self, worker_ctx: Any) -> Pusher:
        return self._pusher
