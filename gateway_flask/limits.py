"""Rate limits: a shared one in Redis where guessing costs, a worker's own where speed counts."""

from __future__ import annotations

import time
from dataclasses import dataclass

from contracts.base import TooMany
from gateway_flask.options import options
from gateway_flask.redis_store import store
from plumbing.throttle import Throttle

_MAX_BUCKETS = 50_000


@dataclass(frozen=True, slots=True)
class Rate:
    """`limit` calls in `per_s` seconds."""

    limit: int
    per_s: float


#: Shared limits, asked from Redis; the key is an account or an address.
SHARED = {
    "login": Rate(300, 60),
    "register": Rate(600, 600),
    "recover": Rate(60, 600),
    "refresh": Rate(600, 60),
    "search": Rate(60, 30),
    "create": Rate(300, 60),
    "unsubscribe": Rate(600, 60),
    # What one webhook may post: everybody in a conversation hears each.
    "hook": Rate(60, 60),
    # Each may be a call to somebody else's server.
    "preview": Rate(30, 60),
    # Each may be a call to the payment provider, and move money.
    "pay": Rate(120, 60),
}


class LocalBuckets:
    """Token buckets in this worker's memory, one a key.

    Args:
        rate: Tokens that come back each second.
        burst: Tokens that a bucket holds.
    """

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> float:
        """Take one token; return 0, or the seconds until there is one again."""
        now = time.monotonic()
        left, seen = self._buckets.get(key, (self._burst, now))
        left = min(self._burst, left + (now - seen) * self._rate)
        if left < 1.0:
            return (1.0 - left) / self._rate
        if len(self._buckets) >= _MAX_BUCKETS:
            self._buckets.clear()
        self._buckets[key] = (left - 1.0, now)
        return 0.0


class Limits:
    """All limits of a worker.

    A shared limit is asked from this worker's own bucket first, so that it still holds (a worker
    at a time) while Redis is away, and so that a flood does not reach Redis.
    """

    def __init__(self) -> None:
        conf = options()
        factor = self._factor = conf.limits_factor
        self._throttle = Throttle(store(), "gateway")
        self._local = {
            "send": LocalBuckets(conf.send_rate * factor, conf.send_burst * factor),
            "write": LocalBuckets(50 * factor, 200 * factor),
            # From a balance, which is the limit that counts; what also asks the provider takes of `pay`, too.
            "spend": LocalBuckets(2 * factor, 120 * factor),
            # Each asks for up to 100 media, and other services who may read them.
            "media": LocalBuckets(20 * factor, 100 * factor),
            # The provider sends what was refused again.
            "webhook": LocalBuckets(100 * factor, 400 * factor),
        }
        for name, rate in SHARED.items():
            burst = max(1.0, rate.limit * factor)
            self._local[name] = LocalBuckets(burst / rate.per_s, burst)

    def check(self, name: str, key: str) -> None:
        """Count one call of `key` against the limit `name`.

        Raises:
            TooMany: With the fact `retry_after_s`.
        """
        wait = self._local[name].take(key)
        if wait == 0.0 and name in SHARED:
            wait = self._ask_redis(name, key)
        if wait > 0:
            raise TooMany(code="rate_limited", retry_after_s=round(wait, 3))

    def _ask_redis(self, name: str, key: str) -> float:
        rate = SHARED[name]
        allowed, wait = self._throttle.allow(f"{name}:{key}", max(1.0, rate.limit * self._factor), rate.per_s)
        return 0.0 if allowed else max(wait, 0.001)


_limits: Limits | None = None


def limits() -> Limits:
    """Return this worker's limits, made on first use."""
    global _limits  # noqa: PLW0603 - one a process
    if _limits is None:
        _limits = Limits()
    return _limits
