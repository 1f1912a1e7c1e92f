"""One process that decides as fast as it can: `python -m bench.ads_process SECONDS CAMPAIGNS`, as svc_ads.

As in the service, greenlets ask and natural batches are decided; real Redis, real PostgreSQL, a logged decision each.
Prints one JSON line.
"""

from __future__ import annotations

import eventlet

eventlet.monkey_patch()

import json  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from typing import Any  # noqa: E402

from bench.ads_goods import LANGUAGES, campaigns, channels  # noqa: E402
from contracts.base import new_id  # noqa: E402
from plumbing.database import transactions  # noqa: E402
from plumbing.garbage import search_rarely  # noqa: E402
from plumbing.redis_client import new_redis  # noqa: E402
from plumbing.settings import settings  # noqa: E402
from svc_ads.serving.deciding import Request  # noqa: E402
from svc_ads.serving.server import Server  # noqa: E402

ASKING = 128
PEOPLE = 400_000
WARM_UP_S = 3.0


class Asking:
    """Greenlets that ask for ads, each time as somebody else."""

    def __init__(self, server: Server, places: list[str], people: list[str]) -> None:
        self._server, self._places, self._people = server, places, people
        self.asked = self.shown = 0
        self.latencies: list[float] = []

    def run(self, seconds: float) -> None:
        """Ask for so long."""
        until = time.perf_counter() + seconds
        pool = [eventlet.spawn(self._ask, until) for _ in range(ASKING)]
        for each in pool:
            each.wait()

    def _ask(self, until: float) -> None:
        while (began := time.perf_counter()) < until:
            self.asked += 1
            person = self._people[self.asked % len(self._people)]
            place = self._places[self.asked % len(self._places)]
            found = self._server.choose(Request(person, place, self.asked, LANGUAGES[self.asked % 4]))
            self.shown += found is not None
            self.latencies.append(time.perf_counter() - began)


def measure(seconds: float, number: int) -> dict[str, Any]:
    """Return decisions per second and what they cost."""
    db = transactions(settings().database_url, pool_size=6)
    ids, places = campaigns(db, number), channels(db)
    server = Server(db, new_redis(settings().redis_url), every=8)
    server.compare()
    people = [new_id() for _ in range(PEOPLE)]
    search_rarely()
    asking = Asking(server, places, people)
    asking.run(WARM_UP_S)
    warm = asking.asked
    asking.shown, asking.latencies = 0, []
    cpu, began = time.process_time(), time.perf_counter()
    asking.run(seconds)
    took, used = time.perf_counter() - began, time.process_time() - cpu
    asked = asking.asked - warm
    ranked = sorted(asking.latencies)
    return {
        "campaigns": len(ids), "decisions": asked, "shown": asking.shown, "seconds": took, "cpu_s": used,
        "p50_ms": ranked[len(ranked) // 2] * 1e3, "p99_ms": ranked[int(len(ranked) * 0.99)] * 1e3,
    }  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(measure(float(sys.argv[1]), int(sys.argv[2]))))
