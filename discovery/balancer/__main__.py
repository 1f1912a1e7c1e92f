"""Follows the registry until it is told to end."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from pathlib import Path

from discovery.balancer.upstreams import APPS, wanted
from plumbing.registry import Registry

#: A reload leaves a process behind that serves its old sockets, so there is not one for each blink.
LOOK_S = 2.0
log = logging.getLogger("balancer")


class Balancer:
    """Keeps the files of one Nginx's upstreams.

    Args:
        registry: Who is here.
        folder: Has a file `APP.conf` for each upstream, which Nginx includes.
        pid_file: Of Nginx's master, which reads them again at SIGHUP.
    """

    def __init__(self, registry: Registry, folder: Path, pid_file: Path) -> None:
        self._registry = registry
        self._folder = folder
        self._pid_file = pid_file

    def follow(self) -> bool:
        """Look once; return whether Nginx was told to read another list."""
        self._registry.refresh()
        changed = [app for app in APPS if self._write(app)]
        if changed:
            self._reload()
        return bool(changed)

    def _write(self, app: str) -> bool:
        path = self._folder / f"{app}.conf"
        now = path.read_text() if path.exists() else ""
        lines = wanted(now, self._registry.up(app))
        if lines == now:
            return False
        fresh = path.with_suffix(".new")
        fresh.write_text(lines)
        fresh.replace(path)
        log.warning("%s: %s", app, lines.replace("\n", " ").strip())
        return True

    def _reload(self) -> None:
        """Tell Nginx; one that does not run reads them when it starts."""
        try:
            os.kill(int(self._pid_file.read_text()), signal.SIGHUP)
        except (OSError, ValueError) as failure:
            log.warning("nginx was not told: %s", failure)


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    found = os.environ
    registry = Registry(tuple(found["EUREKA_URLS"].split(",")), Path(found["BALANCER_KEPT"]))
    balancer = Balancer(registry, Path(found["BALANCER_FOLDER"]), Path(found["BALANCER_PID_FILE"]))
    while not ending.is_set():
        balancer.follow()
        ending.wait(LOOK_S)


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    main()
