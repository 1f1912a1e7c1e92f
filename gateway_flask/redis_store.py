"""The gateway's Redis: tickets, presence and limits, nothing that cannot be rebuilt."""

from __future__ import annotations

from functools import cache

from redis import Redis

from plumbing.redis_client import new_redis
from plumbing.settings import settings


@cache
def store() -> Redis:
    """Return this worker's Redis client, made on first use and so after the fork."""
    return new_redis(settings().redis_url)
