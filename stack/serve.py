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
from urllib.parse import urlsplit

import eventlet

if TYPE_CHECKING:
    from collections.abc import Mapping

_STORES = ("DATABASE_URL", "AMQP_URI", "REDIS_URL")
_POLL_SECONDS = 0.1


def await_stores(values: Mapping[str, str]) -> None:
    """Waits until each store that an address is given for accepts connections."""
    addresses = [urlsplit(values[name]) for name in _STORES if name in values]
    for address in addresses:
        while not _listens(address.hostname or "", address.port or 0):
            time.sleep(_POLL_SECONDS)


def _listens(host: str, port: int) -> bool:
    try:
        eventlet.connect((host, port)).close()
    except OSError:
        return False
    return True


def main(settings: str, target: str, niceness: str = "0") -> None:
    """Runs the service class `MODULE:CLASS` with a settings file, giving way to others by `niceness`."""
    os.nice(int(niceness))
    eventlet.monkey_patch()
    importlib.import_module(target.partition(":")[0])
    await_stores(os.environ)
    from nameko.cli.main import main as nameko  # noqa: PLC0415 - only now, under the patches

    sys.argv = ["nameko", "run", "--config", settings, target]
    nameko()


if __name__ == "__main__":
    main(*sys.argv[1:])
