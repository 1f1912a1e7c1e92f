"""`nameko run`, once database, broker and cache are there.

A service that starts without its broker ends at once, and doing that over and over
takes the very time that the broker needs to come back. So the service is loaded first,
which is what costs time, and waits then.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import eventlet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_STORES = ("DATABASE_URL", "AMQP_URI", "REDIS_URL")
_POLL_SECONDS = 0.1
_PATIENCE_SECONDS = 2.0


def await_stores(values: Mapping[str, str]) -> None:
    """Waits until each store that addresses are given for accepts connections at one of them."""
    for name in (each for each in _STORES if each in values):
        while not any(_listens(host, port) for host, port in places(values[name])):
            time.sleep(_POLL_SECONDS)


def places(urls: str) -> Iterator[tuple[str, int]]:
    """Yields each host and port of a store's address, in the three ways in which one names several."""
    for url in urls.split(";"):
        parts = urlsplit(url)
        named = parse_qs(parts.query).get("host") or parts.netloc.rpartition("@")[2].split(",")
        for each in named:
            host, _, port = each.rpartition(":")
            yield host.strip("[]"), int(port or 0)


def _listens(host: str, port: int) -> bool:
    try:
        with eventlet.timeout.Timeout(_PATIENCE_SECONDS, TimeoutError):
            eventlet.connect((host, port)).close()
    except OSError:
        return False
    return True


def main(settings: str, target: str, niceness: str = "0") -> None:
    """Runs the service class `MODULE:CLASS` with a settings file, giving way to others by `niceness` once it is loaded.

    Where others keep every core busy, loading it with what they leave takes more than a minute.
    """
    eventlet.monkey_patch()
    importlib.import_module(target.partition(":")[0])
    os.nice(int(niceness))
    await_stores(os.environ)
    from nameko.cli.main import main as nameko  # noqa: PLC0415 - only now, under the patches

    sys.argv = ["nameko", "run", "--config", settings, target]
    nameko()


if __name__ == "__main__":
    main(*sys.argv[1:])
