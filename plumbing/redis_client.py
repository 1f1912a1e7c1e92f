"""How everybody connects to Redis: short timeouts, so that its absence costs little."""

from __future__ import annotations

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from plumbing.endpoints import redis_place
from plumbing.redis_cluster import ClusterRedis

_TIMEOUT_S = 0.5
_CONNECTIONS = 50


def new_redis(url: str) -> Redis:
    """Return a client (bytes in, bytes out) that gives up after half a second, and tries once more on a
    connection that turned out to be dead.

    A `redis+cluster://` address gives one that has the same commands on a cluster; see `plumbing.redis_cluster`.
    """
    place = redis_place(url)
    if place.in_cluster:
        return ClusterRedis(
            place.endpoints,
            username=place.username,
            password=place.password,
            socket_timeout=_TIMEOUT_S,
            socket_connect_timeout=_TIMEOUT_S,
            health_check_interval=30,
            max_connections=_CONNECTIONS,
        )
    return Redis.from_url(
        url,
        socket_timeout=_TIMEOUT_S,
        socket_connect_timeout=_TIMEOUT_S,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 1),
        max_connections=_CONNECTIONS,
    )
