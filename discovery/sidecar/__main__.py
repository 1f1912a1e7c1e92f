"""Runs a sidecar until it is told to end; then the instance leaves the registry.

`python -m discovery.sidecar` looks after an instance that somebody else started; `python -m discovery.sidecar COMMAND…`
starts it, as containers do, which hold one instance each.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from urllib.error import HTTPError

from discovery.sidecar import health
from discovery.sidecar.options import Options, options
from discovery.sidecar.registering import BEAT_S, Registration, RegistryAway
from discovery.sidecar.standing import Standing

#: Who is well is looked at seldom, since all of a machine's sidecars do so; whoever is not, soon again.
CALM_S, ALERT_S = 5.0, 1.0
#: A registry that is away is not asked at each look.
AWAY_S = 3.0
log = logging.getLogger("sidecar")


class Sidecar:
    """Looks after one instance."""

    def __init__(self, mine: Options) -> None:
        self._mine = mine
        self._standing = Standing()
        self._registration = Registration(mine)
        self._next_beat = self._next_try = 0.0
        self.ending = asyncio.Event()

    async def run(self) -> None:
        """Look, and tell; until `ending` is set."""
        while not self.ending.is_set():
            status = self._standing.see(await health.ask(self._mine.health_url))
            if time.monotonic() >= self._next_try:
                await self._try_to_tell(status)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.ending.wait(), CALM_S if self._standing.beats else ALERT_S)
        with suppress(RegistryAway, HTTPError):
            await self._registration.leave()

    async def _try_to_tell(self, status: str) -> None:
        try:
            await self._tell(status)
        except (RegistryAway, HTTPError) as failure:
            log.warning("the registry does not answer: %s", failure)
            self._next_try = time.monotonic() + AWAY_S

    async def _tell(self, status: str) -> None:
        now = time.monotonic()
        if status != self._registration.told and status != "STARTING":
            await self._registration.tell(self._standing.status)
            log.warning("%s is %s", self._mine.instance_id, status)
            self._next_beat = now + BEAT_S
        elif self._standing.beats and now >= self._next_beat:
            await self._registration.beat()
            self._next_beat = now + BEAT_S


async def main(command: Sequence[str]) -> int:
    """Run until SIGTERM or SIGINT; with a command, start that as the instance, and live as long as it does.

    Returns:
        The exit code of the command.
    """
    sidecar = Sidecar(options())
    instance: asyncio.subprocess.Process | None = None

    def end(number: signal.Signals) -> None:
        sidecar.ending.set()
        if instance is not None and instance.returncode is None:
            instance.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end, number)
    looking = asyncio.create_task(sidecar.run())
    code = 0
    if command:
        instance = await asyncio.create_subprocess_exec(*command)
        if sidecar.ending.is_set():
            instance.terminate()  # it was told to end while it started
        code = await instance.wait()
        sidecar.ending.set()
    await looking
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    sys.exit(asyncio.run(main(sys.argv[1:])))
