"""Closed and open loops over lanes, and what they saw."""

from __future__ import annotations

import asyncio
import resource
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from bench.figures import Figure, Goal, percentile
from bench.lane import Lane
from bench.wire import NO_ANSWER, Response

#: Called with a lane's index; returns the bytes of its next request.
NextRequest = Callable[[int], bytes]
#: Called with a lane's index, whether the answer counts (not warm-up), and the answer.
OnAnswer = Callable[[int, Response], None]

GRACE_S = 10.0


def cpu_seconds() -> float:
    """Return the CPU seconds that this process has used, user and system."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


@dataclass
class Sample:
    """What a loop saw in its measured part.

    Attributes:
        seconds: Wall time of the measured part.
        answered: 2xx answers that came within it.
        latencies: Seconds of every request that began within it and got a 2xx answer, however late.
        statuses: Answers by status; 0 means that none came.
        cpu_s: The driver's own CPU seconds.
    """

    seconds: float = 0.0
    answered: int = 0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    cpu_s: float = 0.0

    @property
    def rate(self) -> float:
        """2xx answers per second."""
        return self.answered / self.seconds if self.seconds else 0.0

    @property
    def note(self) -> str:
        """Errors and the driver's cost, in words."""
        total = sum(self.statuses.values())
        bad = {("none" if code == NO_ANSWER else code): n for code, n in self.statuses.items() if not 200 <= code < 300}
        cost = self.cpu_s / total * 1e6 if total else 0.0
        share = self.cpu_s / self.seconds * 100 if self.seconds else 0.0
        words = f"n={len(self.latencies):,}, driver {cost:.0f} us/request = {share:.0f}% of a core"
        return words + (f", NOT 2xx {bad}" if bad else "")

    def figures(
        self, name: str, rate_unit: str, rate: Goal | None = None, p50: Goal | None = None, p99: Goal | None = None
    ) -> list[Figure]:
        """Return rate, p50 and p99 (ms) under `name`."""
        return [
            Figure(f"{name}.rate", self.rate, rate_unit, rate, self.note),
            Figure(f"{name}.p50", percentile(self.latencies, 0.50) * 1e3, "ms", p50),
            Figure(f"{name}.p99", percentile(self.latencies, 0.99) * 1e3, "ms", p99),
        ]


class ClosedLoop:
    """Every lane has one request under way at any time, until the time is over.

    Args:
        lanes: The clients.
        next_request: Makes a lane's next request.
        on_answer: Sees every answer, warm-up included.
    """

    def __init__(self, lanes: Sequence[Lane], next_request: NextRequest, on_answer: OnAnswer | None = None) -> None:
        self._lanes = lanes
        self._next = next_request
        self._on_answer = on_answer
        self._begins = self._ends = 0.0
        self._sample = Sample()
        self._active = 0
        self._idle = asyncio.Event()

    async def run(self, seconds: float, warm_up_s: float) -> Sample:
        """Warm up, measure for `seconds`, let what is under way finish."""
        loop = asyncio.get_running_loop()
        self._begins = perf_counter() + warm_up_s
        self._ends = self._begins + seconds
        cpu_at: list[float] = []
        loop.call_later(warm_up_s, lambda: cpu_at.append(cpu_seconds()))
        loop.call_later(warm_up_s + seconds, lambda: cpu_at.append(cpu_seconds()))
        self._active = len(self._lanes)
        for index in range(len(self._lanes)):
            self._fire(index)
        await asyncio.sleep(warm_up_s + seconds + 0.01)
        await self._settle()
        self._sample.seconds = seconds
        self._sample.cpu_s = cpu_at[1] - cpu_at[0]
        return self._sample

    async def _settle(self) -> None:
        try:
            async with asyncio.timeout(GRACE_S):
                await self._idle.wait()
        except TimeoutError:
            pass  # closing answers what is still under way with silence, which is counted
        for lane in self._lanes:
            lane.close()

    def _fire(self, index: int) -> None:
        started = perf_counter()
        self._lanes[index].send(self._next(index), lambda response: self._answered(index, started, response))

    def _answered(self, index: int, started: float, response: Response) -> None:
        now = perf_counter()
        if self._on_answer is not None:
            self._on_answer(index, response)
        self._count(started, now, response)
        if now >= self._ends:
            self._active -= 1
            if self._active == 0:
                self._idle.set()
        elif response.ok:
            self._fire(index)
        else:  # a refused client waits a moment, as real ones do, and the refusal is counted
            asyncio.get_running_loop().call_later(0.05, self._fire, index)

    def _count(self, started: float, now: float, response: Response) -> None:
        sample = self._sample
        if self._begins <= now < self._ends and response.ok:
            sample.answered += 1
        if self._begins <= started < self._ends:
            sample.statuses[response.status] += 1
            if response.ok:
                sample.latencies.append(now - started)


async def open_loop(rate: float, seconds: float, fire: Callable[[int], None]) -> int:
    """Call `fire` at `rate` per second whatever the answers do; return how many times."""
    start = perf_counter()
    count = int(rate * seconds)
    for index in range(count):
        wait = start + index / rate - perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        fire(index)
    return count
