"""Who is here, as the registry says: read again and again by each worker, and kept while it is away."""

from __future__ import annotations

import os
from functools import cache

import gevent

from gateway_flask.breaker import Breaker
from plumbing.registry import Registry

LOOK_S = 3.0
#: An answer that is older says nothing of now.
FRESH_S = 10.0


@cache
def registry() -> Registry:
    """Return this worker's view of the registry; one without addresses never knows anybody."""
    urls = os.environ.get("EUREKA_URLS", "")
    return Registry(tuple(each for each in urls.split(",") if each))


def follow_forever() -> None:
    """Ask again and again; run it in a greenlet of its own."""
    while registry().urls:
        registry().refresh()
        gevent.sleep(LOOK_S)


def is_fresh() -> bool:
    """Whether the registry has answered just now."""
    age_s = registry().age_s
    return age_s is not None and age_s < FRESH_S


def is_down(service: str) -> bool:
    """Whether the registry, asked just now, knows instances of a service, and none that is up."""
    return is_fresh() and service in registry().known and not registry().up(service)


@cache
def breaker(service: str) -> Breaker:
    """Return this worker's breaker of a service."""
    return Breaker(service, lambda: is_down(service))
