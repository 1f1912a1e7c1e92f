"""Where a store listens when it is more than one machine: the addresses inside REDIS_URL and AMQP_URI.

A cluster of Redis is `redis+cluster://user:password@one:6379,two:6379,three:6379`. A broker of several nodes is
a list of whole addresses with `;` between them, as kombu and Celery read it. A PostgreSQL with replicas is
`postgresql+psycopg2://user:password@/name?host=one:5432&host=two:5432&target_session_attrs=read-write`, as
SQLAlchemy and libpq read it. The first address of a list is asked first: name the nearest one there.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import unquote, urlsplit

CLUSTER = "redis+cluster"


class Endpoint(NamedTuple):
    """A host and a port."""

    host: str
    port: int


class RedisPlace(NamedTuple):
    """What a REDIS_URL says.

    Attributes:
        endpoints: All nodes that it names.
        in_cluster: Whether they share the keys.
    """

    endpoints: tuple[Endpoint, ...]
    username: str | None
    password: str | None
    in_cluster: bool


def redis_place(url: str) -> RedisPlace:
    """Return the parts of a REDIS_URL.

    Raises:
        ValueError: It names no host, or a port that is none.
    """
    parts = urlsplit(url)
    sign_in, _, hosts = parts.netloc.rpartition("@")
    username, _, password = sign_in.partition(":")
    found = tuple(_endpoint(each, 6379) for each in hosts.split(",") if each)
    if not found:
        raise ValueError("REDIS_URL names no host")
    return RedisPlace(found, unquote(username) or None, unquote(password) or None, parts.scheme == CLUSTER)


def _endpoint(text: str, usual: int) -> Endpoint:
    host, _, port = text.rpartition(":") if ":" in text and not text.endswith("]") else (text, "", "")
    return Endpoint(host.strip("[]"), int(port) if port else usual)


def amqp_uris(uri: str) -> list[str]:
    """Return the address of each broker that an AMQP_URI names, in the order in which they are tried."""
    return [each.strip() for each in uri.split(";") if each.strip()]
