"""One site as a test plays on it: begin, break something, be well again, lose nothing."""

from __future__ import annotations

from drill.checker import check
from drill.finding import Finding
from drill.recovery import DEADLINE_S
from drill.site import Cast, Site
from drill.writers import Pace

#: The load of a short test: 32 senders and 4 readers in 4 rooms.
SMALL = Cast(writers=32, readers=4, rooms=4, pace=Pace(pause_s=0.1), sync_s=5.0)
SENDS = 100


class NotRecovered(Exception):  # noqa: N818 - it tells a fact
    """The deadline passed and something still does not work."""


class Scene:
    """A site under load.

    Args:
        site: The site, not open yet.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.stack = site.stack

    async def begin(self) -> None:
        """Open the site and wait until sends flow."""
        await self.site.open()
        await self.site.acknowledged(SENDS)

    async def well(self) -> float:
        """Wait until all is well again and sends flow, and return the seconds until it was.

        Raises:
            NotRecovered: It took longer than the deadline.
        """
        seconds = await self.site.canary.recover()
        if seconds is None:
            msg = f"not well within {DEADLINE_S:.0f} s: {self.site.canary.last_failure}"
            raise NotRecovered(msg)
        await self.site.acknowledged(SENDS)
        return seconds

    async def findings(self) -> list[Finding]:
        """End the load, read everything, and return what the checker finds."""
        return check(self.site.history, await self.site.close())
