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


class CacheAside:
    """Values by key, loaded at most once at a time by this process."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        self._redis = redis
        self._prefix = prefix
        self._loading: dict[str, Lock] = {}

    def get_or_load(self, key: str, ttl_s: float, load: Callable[[], Any]) -> Any:
        """Return the cached value of `key`, or what `load` returns, which is then kept about `ttl_s` seconds.

        Put whoever may read the value into the key. Without Redis every call loads.
        """
        found = self._read(key)
        if found is not None:
            return found
        lock = self._loading.setdefault(key, Lock())
        with lock:
            found = self._read(key)
            if found is None:
                found = load()
                self._write(key, ttl_s, found)
        self._loading.pop(key, None)
        return found

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
        return codec.decode(raw) if raw is not None else None

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

    def get_dependency(self, worker_ctx: Any) -> CacheAside:
        return CacheAside(self.client, self.key)
