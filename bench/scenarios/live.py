"""The live path: from a send to the sockets of the others."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from time import perf_counter

from bench.figures import Figure, Goal, percentile
from bench.ground import Ground, SendRequests
from bench.lane import Lane
from bench.live import sign_in_all
from bench.load import cpu_seconds, open_loop
from bench.people import Person
from bench.wire import Response

SENDING_LANES = 16
PATIENCE_S = 10.0
MESSAGE_ID = re.compile(rb'"client_msg_id":"([0-9a-f-]{36})"')


class Stopwatch:
    """Notes when each message was sent and when each socket got it."""

    def __init__(self) -> None:
        self.sent: dict[str, float] = {}
        self.refused = 0
        self._frames: list[tuple[float, bytes]] = []

    def on_text(self, moment: float, payload: bytes) -> None:
        """Keep a frame; it is read after the measurement, so that reading costs nothing now."""
        self._frames.append((moment, payload))

    def latencies(self) -> list[float]:
        """Return the seconds from each send to each arrival."""
        found = []
        for moment, payload in self._frames:
            match = MESSAGE_ID.search(payload) if b'"message.created"' in payload else None
            began = self.sent.get(match.group(1).decode()) if match else None
            if began is not None:
                found.append(moment - began)
        return found

    @property
    def frames(self) -> int:
        """How many frames came so far."""
        return len(self._frames)


async def latency(ground: Ground) -> None:
    """Measure one send to one other client's socket, at 10 and at 100 a second."""
    for rate in (10, 100):
        sender, reader = await ground.people.first(2)
        room = await ground.room(f"latency {rate}", [sender, reader])
        await _measure(ground, [sender], [reader], room, rate, 1, f"live.at_{rate}_per_s", ground.size.seconds)


async def fan_out(ground: Ground) -> None:
    """Measure one post to many online readers."""
    count = ground.size.sockets
    people = await ground.people.first(count)
    room = await ground.room("fan-out", people)
    await _measure(ground, people[:1], people, room, 2.0, count, f"live.fan_out_{count}", ground.size.posts / 2.0)


async def _measure(
    ground: Ground, senders: list[Person], readers: list[Person], room: str, rate: float, sockets: int, name: str,
    seconds: float,
) -> None:  # fmt: skip
    watch = Stopwatch()
    opened = await sign_in_all(ground.target, readers, sockets, watch.on_text)
    fire = _sender(ground, senders[0], room, watch)
    await _warm_up(watch, fire, sockets)
    watch.sent.clear()
    cpu = cpu_seconds()
    posts = await open_loop(rate, seconds, fire)
    await _arrived(watch, posts * sockets)
    cpu = cpu_seconds() - cpu
    found = watch.latencies()
    lost = posts * sockets - len(found)
    cut = sum(socket.closed.is_set() for socket in opened)
    for socket in opened:
        socket.abort()
    note = f"n={len(found):,}, driver {cpu / max(1, len(found)) * 1e6:.0f} us/arrival"
    note += f", refused {watch.refused}" if watch.refused else ""
    note += f", pushes that did not come {lost}, sockets cut {cut}" if lost or cut else ""
    ground.report.add(*_figures(name, found, note, fan_out=sockets > 1))


def _figures(name: str, found: list[float], note: str, *, fan_out: bool) -> list[Figure]:
    p50 = None if fan_out else Goal(10, at_least=False)
    p99 = Goal(60 if fan_out else 40, at_least=False)
    measured = not name.endswith("at_10_per_s")
    return [
        Figure(f"{name}.p50", percentile(found, 0.50) * 1e3, "ms", p50 if measured else None, note),
        Figure(f"{name}.p99", percentile(found, 0.99) * 1e3, "ms", p99 if measured else None),
    ]


def _sender(ground: Ground, person: Person, room: str, watch: Stopwatch) -> Callable[[int], None]:
    requests = SendRequests(ground.target)
    lanes = [Lane(ground.target, person.source) for _ in range(SENDING_LANES)]

    def answered(response: Response) -> None:
        ground.ledger.take(response)
        watch.refused += not response.ok

    def fire(index: int) -> None:
        message_id, raw = requests.make(person, room)
        watch.sent[message_id] = perf_counter()
        lanes[index % SENDING_LANES].send(raw, answered)

    return fire


async def _warm_up(watch: Stopwatch, fire: Callable[[int], None], sockets: int) -> None:
    for index in range(SENDING_LANES):  # every lane gets its connection now, not under the clock
        fire(index)
        await asyncio.sleep(0.05)
    await _arrived(watch, SENDING_LANES * sockets)


async def _arrived(watch: Stopwatch, count: int) -> None:
    deadline = perf_counter() + PATIENCE_S
    while len(watch.latencies()) < count and perf_counter() < deadline:
        await asyncio.sleep(0.1 + watch.frames / 100_000)
