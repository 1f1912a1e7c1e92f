"""A token bucket on Redis, shared by all processes that ask with the same key."""

from __future__ import annotations

import time

from redis import Redis, RedisError

from plumbing.logs import get_logger

log = get_logger(__name__)

# One round trip. The bucket is two fields, and vanishes once it would be full again.
_TAKE = """
local rate = tonumber(ARGV[1]) / tonumber(ARGV[2])
local limit, now, cost = tonumber(ARGV[1]), tonumber(ARGV[3]), tonumber(ARGV[4])
local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(bucket[1]) or limit
local at = tonumber(bucket[2]) or now
tokens = math.min(limit, tokens + math.max(0, now - at) * rate)
local wait = 0
if tokens >= cost then tokens = tokens - cost else wait = (cost - tokens) / rate end
redis.call('HSET', KEYS[1], 'tokens', tokens, 'at', now)
redis.call('PEXPIRE', KEYS[1], math.ceil(1000 * limit / rate) + 1000)
return tostring(wait)
"""


class Throttle:
    """Asks for leave to do something that is limited.

    Without Redis everything is allowed: the limits protect, they are not the lock on the door.
    """

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._prefix = prefix
        self._redis = redis
        self._take = redis.register_script(_TAKE)

    def allow(self, key: str, limit: float, per_s: float, cost: float = 1) -> tuple[bool, float]:
        """Take `cost` from the bucket `key`, which holds `limit` and fills up once in `per_s` seconds.

        Returns:
            Whether that was allowed, and otherwise the seconds until it would be.
        """
        try:
            wait_s = float(
                self._take(
                    keys=[f"{self._prefix}:throttle:{key}"],
                    args=[limit, per_s, time.time(), cost],
                )
            )
        except (RedisError, OSError) as error:
            log.warning("throttle_away", error=str(error))
            return True, 0.0
        return wait_s == 0, wait_s

    def reset(self, key: str) -> None:
        """Fill the bucket `key` up again."""
        try:
            self._redis.delete(f"{self._prefix}:throttle:{key}")
        except (RedisError, OSError) as error:
            log.warning("throttle_away", error=str(error))
