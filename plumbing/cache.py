"""Cache-aside over nameko-redis: what it holds can be thrown away at any time."""

from __future__ import annotations

import random
from collections.abc import Callable
from threading import Lock
from typing import Any

from nameko_redis import Redis as NamekoRedis
from redis import Redis, RedisError

from plumbing import codec
from plumbing.logs import get_logger
from plumbing.redis_client import new_redis
from plumbing.settings import settings

log = get_logger(__name__)

_JITTER = 0.1


class _Flight:
    """One load, and everybody who waits for it."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.landed = False
        self.value: Any = None


class CacheAside:
    """Values by key; those who ask this process for one at the same time share its load."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._redis = redis
        self._prefix = prefix
        self._flights: dict[str, _Flight] = {}

    def get_or_load(self, key: str, ttl_s: float, load: Callable[[], Any]) -> Any:
        """Return the cached value of `key`, or what `load` returns, which is then kept about `ttl_s` seconds.

        Put whoever may read the value into the key, and change nothing in the value: others may
        hold it too. Without Redis it is loaded each time.
        """
        found = self._read(key)
        if found is not None:
            return found
        flight = self._flights.setdefault(key, _Flight())
        with flight.lock:
            if flight.landed:
                return flight.value
            try:
                flight.value = load()
                flight.landed = True
                self._write(key, ttl_s, flight.value)
            finally:
                # Who waits for this lock holds the flight itself; who comes from now on begins another.
                self._flights.pop(key, None)
        return flight.value

    def delete(self, *keys: str) -> None:
        """Forget `keys`."""
        try:
            self._redis.delete(*(f"{self._prefix}:cache:{key}" for key in keys))
        except (RedisError, OSError) as error:
            log.warning("cache_away", error=str(error))

    def _read(self, key: str) -> Any:
        try:
            raw = self._redis.get(f"{self._prefix}:cache:{key}")
        except (RedisError, OSError) as error:
            log.warning("cache_away", error=str(error))
            return None
        try:
            return codec.decode(raw) if raw is not None else None
        except ValueError:
            return None

    def _write(self, key: str, ttl_s: float, value: Any) -> None:
        jittered_ms = int(ttl_s * 1000 * random.uniform(1 - _JITTER, 1 + _JITTER))  # noqa: S311 - spread
        try:
            self._redis.set(f"{self._prefix}:cache:{key}", codec.encode(value), px=jittered_ms)
        except (RedisError, OSError) as error:
            log.warning("cache_away", error=str(error))


class Cache(NamekoRedis):
    """Gives a service `self.cache`, a `CacheAside` whose keys begin with the service's name."""

    def __init__(self, prefix: str) -> None:
        super().__init__(prefix)

    def setup(self) -> None:
        uris = self.container.config.get("REDIS_URIS") or {}
        self.redis_uri = uris.get(self.key) or settings().redis_url

    def start(self) -> None:
        self.client = new_redis(self.redis_uri)
        self._cache = CacheAside(self.client, self.key)

    def get_dependency(self, worker_ctx: Any) -> CacheAside:
        return self._cache
