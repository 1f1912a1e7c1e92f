"""Cache-aside over nameko-redis: what it holds can be thrown away at any time.

A value that was cleared while it was being loaded is not kept: clearing leaves a mark for a while, and a loaded
value is stored only where the cache still says what it said before the load. See docs/cache.md.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable
from threading import Lock
from typing import Any

from nameko_redis import Redis as NamekoRedis
from redis import Redis, RedisError

from plumbing import codec, metrics
from plumbing.cache_key import Key
from plumbing.logs import get_logger
from plumbing.redis_client import new_redis
from plumbing.settings import settings

log = get_logger(__name__)

__all__ = ["Cache", "CacheAside", "Key"]

_JITTER = 0.1
#: A mark of clearing begins so, which no JSON does; it stays for longer than a load may take that is kept.
_MARK = b"!"
_MARK_S, _LONGEST_LOAD_S = 60, 50.0
_STORE_OVER_MARK = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  return 1
end
return 0
"""


class _Missing:
    """What the cache said where it has no value: nothing, the mark of a clearing, or that it is away."""

    __slots__ = ("mark", "reached")

    def __init__(self, mark: bytes | None, *, reached: bool = True) -> None:
        self.mark = mark
        self.reached = reached


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
        self._flights: dict[tuple[Key, bytes | None], _Flight] = {}

    def get_or_load(self, key: Key, ttl_s: float, load: Callable[[], Any], *, absent_ttl_s: float | None = None) -> Any:
        """Return the cached value of `key`, or what `load` returns, which is then kept about `ttl_s` seconds.

        Change nothing in the value: others may hold it too. That there is none (None) is kept as well, for
        `absent_ttl_s` where that is given. Without Redis it is loaded each time.
        """
        found = self._read(key)
        if not isinstance(found, _Missing):
            return found
        # Who has seen a later mark must not share a load that began before it.
        place = key, found.mark
        flight = self._flights.setdefault(place, _Flight())
        with flight.lock:
            if flight.landed:
                return flight.value
            try:
                flight.value = self._load(key, load, found, ttl_s, absent_ttl_s)
                flight.landed = True
            finally:
                # Who waits for this lock holds the flight itself; who comes from now on begins another.
                self._flights.pop(place, None)
        return flight.value

    def _load(
        self, key: Key, load: Callable[[], Any], found: _Missing, ttl_s: float, absent_ttl_s: float | None
    ) -> Any:
        begun, outcome = time.monotonic(), "failed"
        try:
            value = load()
            soon = time.monotonic() - begun < _LONGEST_LOAD_S
            lasting_s = ttl_s if value is not None or absent_ttl_s is None else absent_ttl_s
            kept = found.reached and soon and self._write(key, lasting_s, value, found.mark)
            outcome = "kept" if kept else "outdated"
        finally:
            metrics.CACHE_LOADS.labels(key.kind, outcome).observe(time.monotonic() - begun)
        return value

    def delete(self, *keys: Key) -> None:
        """Forget `keys`, and whatever is being loaded for them right now."""
        try:
            pipeline = self._redis.pipeline(transaction=False)
            for key in keys:
                pipeline.set(self._name(key), _MARK + secrets.token_bytes(8), ex=_MARK_S)
            pipeline.execute()
        except (RedisError, OSError) as error:
            log.warning("cache_away", error=str(error))

    def _name(self, key: Key) -> str:
        return f"{self._prefix}:cache:{key.text}"

    def _read(self, key: Key) -> Any:
        """Return the value, or why there is none."""
        outcome, found = self._looked_up(key)
        metrics.CACHE_REQUESTS.labels(key.kind, outcome).inc()
        return found

    def _looked_up(self, key: Key) -> tuple[str, Any]:
        try:
            raw: Any = self._redis.get(self._name(key))
        except (RedisError, OSError) as error:
            log.warning("cache_away", error=str(error))
            return "error", _Missing(None, reached=False)
        if raw is None or raw.startswith(_MARK):
            return "miss", _Missing(raw)
        try:
            value = codec.decode(raw)
        except ValueError:
            return "error", _Missing(raw)  # stored over, as a mark is
        return ("hit" if value is not None else "absent"), value

    def _write(self, key: Key, ttl_s: float, value: Any, seen: bytes | None) -> bool:
        """Store `value` where the cache still says what was `seen` before it was loaded; tell whether it did."""
        jittered_ms = int(ttl_s * 1000 * random.uniform(1 - _JITTER, 1 + _JITTER))  # noqa: S311 - spread
        name, raw = self._name(key), codec.encode(value)
        try:
            if seen is None:
                return bool(self._redis.set(name, raw, px=jittered_ms, nx=True))
            return bool(self._redis.eval(_STORE_OVER_MARK, 1, name, seen, raw, str(jittered_ms)))
        except (RedisError, OSError) as error:
            log.warning("cache_away", error=str(error))
            return False


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
