"""Ten thousand WebSockets on one machine: they live, all hear, and all come back after the gateway was restarted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from time import perf_counter

from bench.figures import Figure, Goal, percentile
from bench.follower import Follower, Lanes
from bench.ground import Ground
from bench.lane import Lane
from bench.load import cpu_seconds
from bench.people import Person, SetupError, patient
from bench.scenarios.memory import MIB, PER_SOCKET_KIB, tree_memory
from stack import running
from stack.running import RunningStack

PEOPLE = 50
OPENINGS_A_SECOND = 150.0
OPENINGS_AT_ONCE = 128
#: Two heartbeats of 25 s, and the sweep after them.
HOLD_S = 60.0
POSTS, POST_EVERY_S = 5, 3.0
#: Clients come back within so many seconds, each at a moment of its own.
SPREAD_S = 30.0
BACK_S = Goal(60, at_least=False)
NONE = Goal(0, at_least=False)


async def ten_thousand(ground: Ground) -> None:
    """Open, hold, write to them, restart, and write to them again."""
    stack = running.load(ground.run_dir)
    people = await ground.people.first(min(PEOPLE, ground.size.many_sockets))
    room = await ground.room("ten thousand", people)
    lanes = Lanes.of(ground.target, OPENINGS_AT_ONCE)
    marks = Marks(ground, people[0], room)
    crowd = [Follower(lanes, people[n % len(people)], f"bench-{n}", room) for n in range(ground.size.many_sockets)]
    try:
        await _open(ground, stack, crowd)
        await _hold(ground, crowd)
        await _write(ground, crowd, marks)
        await _restart(ground, stack, crowd, marks)
    finally:
        for follower in crowd:
            follower.leave()
        lanes.close()


class Marks:
    """Messages with numbers, by one person into the room."""

    def __init__(self, ground: Ground, author: Person, room: str) -> None:
        self._ground = ground
        self._author = author
        self._path = f"/conversations/{room}/messages"
        self._lane = Lane(ground.target, author.source)
        self.sent: dict[int, float] = {}

    async def send(self) -> int:
        """Send the next one, and again until it is acknowledged; return its number."""
        number = len(self.sent)
        body = {"client_msg_id": f"mark-{id(self)}-{number}", "text": f"mark {number}"}
        self.sent[number] = perf_counter()
        answer = await patient(lambda: self._lane.call("POST", self._path, self._author.token, body, 5.0), "mark")
        self._ground.ledger.take(answer)
        return number


async def _open(ground: Ground, stack: RunningStack, crowd: Sequence[Follower]) -> None:
    """Open all at a steady rate."""
    gateway, nginx = stack.pid("gateway"), stack.pid("nginx")
    before = tree_memory(gateway)[0], tree_memory(nginx)[0]
    began, used = perf_counter(), cpu_seconds()
    failures: list[str] = []
    gate = asyncio.Semaphore(OPENINGS_AT_ONCE)

    async def enter(number: int) -> None:
        await asyncio.sleep(began + number / OPENINGS_A_SECOND - perf_counter())
        async with gate:
            try:
                await crowd[number].open()
            except SetupError as error:
                failures.append(str(error))

    await asyncio.gather(*(enter(number) for number in range(len(crowd))))
    seconds = perf_counter() - began
    share = (cpu_seconds() - used) / seconds * 100
    note = f"{len(crowd):,} at {len(crowd) / seconds:.0f}/s, driver {share:.0f}% of a core"
    if failures:
        note += f"; {len(failures)} were not let in, the first: {failures[0]}"
    ground.report.add(Figure("sockets.not_open", sum(not each.is_open for each in crowd), "sockets", NONE, note))
    await asyncio.sleep(1.0)
    grown = tree_memory(gateway)[0] - before[0], tree_memory(nginx)[0] - before[1]
    note = f"gateway {before[0] / MIB:.0f} -> {(before[0] + grown[0]) / MIB:.0f} MiB PSS; "
    note += f"Nginx {grown[1] / len(crowd) / 1024:.1f} KiB a socket"
    ground.report.add(
        Figure("sockets.memory_each", grown[0] / len(crowd) / 1024, "KiB", PER_SOCKET_KIB, note),
    )


async def _hold(ground: Ground, crowd: Sequence[Follower]) -> None:
    """Wait for two heartbeats: whoever did not answer the first is closed by then."""
    opened = [each for each in crowd if each.is_open]
    await asyncio.sleep(HOLD_S)
    codes = sorted({each.socket.close_code or 0 for each in opened if each.socket and not each.is_open})
    closed = sum(not each.is_open for each in opened)
    note = f"after {HOLD_S:.0f} s" + (f", codes {codes}" if codes else "")
    ground.report.add(Figure("sockets.closed_while_held", closed, "sockets", NONE, note))


async def _write(ground: Ground, crowd: Sequence[Follower], marks: Marks) -> None:
    """Write to all, and look when it came."""
    crowd = [each for each in crowd if each.is_open]
    used, began = cpu_seconds(), perf_counter()
    numbers = []
    await ground.people.freshen(1)
    for _ in range(POSTS):
        numbers.append(await marks.send())
        await asyncio.sleep(POST_EVERY_S)
    share = (cpu_seconds() - used) / (perf_counter() - began) * 100
    took = [each.came[n] - marks.sent[n] for each in crowd for n in numbers if n in each.came]
    there = sum(each.is_open for each in crowd)
    last = [max((each.came[n] for each in crowd if n in each.came), default=0.0) - marks.sent[n] for n in numbers]
    note = (
        f"{POSTS} messages to {there:,} sockets; the last of all after {max(last):.2f} s; driver {share:.0f}% of a core"
    )
    ground.report.add(
        Figure("sockets.message.p50", percentile(took, 0.50) * 1e3, "ms", None, note),
        Figure("sockets.message.p99", percentile(took, 0.99) * 1e3, "ms"),
        Figure("sockets.message.not_come", POSTS * len(crowd) - len(took), "frames", NONE),
    )


async def _restart(ground: Ground, stack: RunningStack, crowd: Sequence[Follower], marks: Marks) -> None:
    """Restart the gateway while messages are written; all come back and have them all."""
    await ground.people.freshen()
    for follower in crowd[:: max(1, len(crowd) // 100)]:
        await follower.catch_up()
    ver = max(follower.ver for follower in crowd)
    for follower in crowd:
        follower.ver = ver  # everybody was told so far, and asks for what came after it
    keepers = [asyncio.create_task(each.keep(SPREAD_S)) for each in crowd]
    began = perf_counter()
    restarting = asyncio.create_task(asyncio.to_thread(stack.restart, "gateway"))
    numbers = []
    while perf_counter() < began + 2 * BACK_S.limit:
        numbers.append(await marks.send())
        await asyncio.sleep(POST_EVERY_S)
        if restarting.done() and all(each.is_open and each.back_at for each in crowd):
            break
    await restarting
    await asyncio.sleep(POST_EVERY_S)
    back = [each.back_at - began for each in crowd if each.is_open and each.back_at]
    for keeper in keepers:
        keeper.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.gather(*keepers, return_exceptions=True)
    codes: dict[int, int] = {}
    for each in crowd:
        for code in each.codes:
            codes[code] = codes.get(code, 0) + 1
    missed = sum(number not in each.came for each in crowd for number in numbers)
    note = (
        f"p50 {percentile(back, 0.5):.1f} s after the restart began, within {SPREAD_S:.0f} s of being closed; {codes=}"
    )
    ground.report.add(
        Figure("sockets.restart.not_back", len(crowd) - len(back), "sockets", NONE, note),
        Figure("sockets.restart.last_back", max(back, default=float("nan")), "s", BACK_S),
        Figure("sockets.restart.missed", missed, "messages", NONE, f"of {len(numbers)} to each of {len(crowd):,}"),
    )
