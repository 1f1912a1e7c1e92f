"""How everybody connects to Redis: short timeouts, so that its absence costs little."""

from __future__ import annotations

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def new_redis(url: str) -> Redis:
    """Return a client (bytes in, bytes out) that gives up after half a second, and tries once more on a
    connection that turned out to be dead.
    """
    return Redis.from_url(
        url,
        socket_timeout=0.5,
        socket_connect_timeout=0.5,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 1),
        max_connections=50,
    )
