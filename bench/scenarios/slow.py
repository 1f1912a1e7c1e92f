"""Clients that are slow on purpose: what they cost in memory, what others notice of them, and how they end."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any
from urllib.request import urlopen

from bench.figures import Figure, Goal, percentile
from bench.ground import Ground, SendRequests
from bench.lane import Lane
from bench.live import sign_in
from bench.load import cpu_seconds
from bench.people import Person, patient
from bench.scenarios.live import Stopwatch
from bench.scenarios.memory import MIB, tree_memory
from bench.sluggish import Sluggard, asleep, close_code, sip_all
from bench.transfer import Sender, head, write_noise
from bench.wire import Response
from stack import running
from stack.running import RunningStack

COUNT = 200
SECONDS = 24.0
CALM_S = 10.0
PROBES_A_SECOND = 20.0
TIMES = Goal(2.0, at_least=False)
#: What the gateway lets wait for one of them, and as much again for what holds it.
SOCKET_MIB = Goal(2.0, at_least=False)
EACH_MIB = Goal(1.5, at_least=False)
NONE = Goal(0, at_least=False)
#: A message of the longest kind, so that a socket that does not read is soon behind by a megabyte.
LONG = "The harbour master says: " * 150
LONG_A_SECOND = 60.0
FILE_MIB = 16


async def slow(ground: Ground) -> None:
    """Take each kind of slowness in turn."""
    stack = running.load(ground.run_dir)
    people = await ground.people.first(20)
    probe = await Probe.of(ground, people[:2])
    try:
        for part in (_sockets, _downloads, _pages, _writers):
            await ground.people.freshen()
            probe.calm = await probe.watch(CALM_S)
            await part(ground, stack, people, probe)
    finally:
        probe.close()


class FreeLanes:
    """Connections of one author, opened as they are needed, so that sends leave in time however slow answers are."""

    def __init__(self, ground: Ground, author: Person) -> None:
        self._ground = ground
        self._author = author
        self._free: list[Lane] = []
        self._all: list[Lane] = []

    def send(self, raw: bytes) -> None:
        """Send on a connection that has nothing under way."""
        if not self._free:
            self._free.append(Lane(self._ground.target, self._author.source))
            self._all += self._free
        lane = self._free.pop()

        def answered(response: Response) -> None:
            self._ground.ledger.take(response)
            self._free.append(lane)

        lane.send(raw, answered)

    def close(self) -> None:
        """Close them all."""
        for lane in self._all:
            lane.close()


class Probe:
    """What others notice: a message to somebody's socket, `PROBES_A_SECOND`.

    Attributes:
        calm: How long they took while nobody was slow.
    """

    def __init__(self, ground: Ground, author: Person, room: str) -> None:
        self._requests = SendRequests(ground.target)
        self._ground, self._author, self._room = ground, author, room
        self._lanes = FreeLanes(ground, author)
        self.stopwatch = Stopwatch()
        self.calm: list[float] = []
        self._ends: list[Callable[[], None]] = []

    @classmethod
    async def of(cls, ground: Ground, pair: Sequence[Person]) -> Probe:
        """Return one between two people."""
        probe = cls(ground, pair[0], await ground.room("probe", list(pair)))
        socket = await sign_in(ground.target, pair[1], "probe", probe.stopwatch.on_text)
        probe._ends.append(socket.abort)
        return probe

    async def watch(self, seconds: float) -> list[float]:
        """Return how long messages took in the next `seconds`; one that did not come took forever."""
        await self._ground.people.freshen(2)
        began, sent, count = perf_counter(), {}, 0
        while perf_counter() < began + seconds:
            message_id, raw = self._requests.make(self._author, self._room)
            sent[message_id] = perf_counter()
            self.stopwatch.sent = sent
            self._lanes.send(raw)
            count += 1
            await asyncio.sleep(max(0.0, began + count / PROBES_A_SECOND - perf_counter()))
        await asyncio.sleep(1.0)
        found = self.stopwatch.latencies()
        return found + [float("inf")] * (len(sent) - len(found))

    def close(self) -> None:
        """End it."""
        for end in self._ends:
            end()
        self._lanes.close()


class Memory:
    """What programs take, now and at most while one looks."""

    def __init__(self, stack: RunningStack, *names: str) -> None:
        self._pids = {name: stack.pid(name) for name in names}
        self.before = self._now()
        self.most = dict(self.before)

    def _now(self) -> dict[str, float]:
        return {name: tree_memory(pid)[0] / MIB for name, pid in self._pids.items()}

    async def look(self) -> None:
        """Look every second, until cancelled."""
        while True:
            now = await asyncio.to_thread(self._now)
            self.most = {name: max(self.most[name], now[name]) for name in now}
            await asyncio.sleep(1.0)

    def grown(self, name: str) -> float:
        """Return by how many MiB a program grew at most."""
        return self.most[name] - self.before[name]

    def words(self) -> str:
        """Return it all."""
        return (
            ", ".join(f"{name} {self.before[name]:.0f} -> {self.most[name]:.0f}" for name in self.before) + " MiB PSS"
        )


async def _beside(
    ground: Ground, name: str, probe: Probe, memory: Memory, nudge: Callable[[], object],
    also: Awaitable[Any] | None = None,
) -> None:  # fmt: skip
    """Let slow ones be slow for a while, nudging them each second, and look what others notice."""

    async def nudged() -> None:
        while True:
            nudge()
            await asyncio.sleep(1.0)

    used, began = cpu_seconds(), perf_counter()
    tasks = [asyncio.create_task(memory.look()), asyncio.create_task(nudged())]
    if also is not None:
        tasks.append(asyncio.ensure_future(also))
    busy = await probe.watch(SECONDS)
    share = (cpu_seconds() - used) / (perf_counter() - began) * 100
    for task in tasks:
        if task.done():
            task.result()  # what broke off by itself is no slow client
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    before, after = (percentile(each, 0.99) * 1e3 for each in (probe.calm, busy))
    note = (
        f"send -> socket p99 {before:.1f} -> {after:.1f} ms at {PROBES_A_SECOND:.0f}/s, driver {share:.0f}% of a core"
    )
    ground.report.add(Figure(f"{name}.others.p99", after / before, "x", TIMES, note))


# sockets that do not read
async def _sockets(ground: Ground, stack: RunningStack, people: list[Person], probe: Probe) -> None:
    room = await ground.room("slow", people[2:])
    memory = Memory(stack, "gateway", "nginx")
    sleepers = []
    for number in range(COUNT):
        person = people[2 + number % (len(people) - 2)]
        answer = await patient(lambda person=person: person.lane.call("POST", "/ws-ticket", person.token), "ws-ticket")  # type: ignore[misc]
        sleepers.append(await asyncio.to_thread(asleep, ground.target, answer.json()["ticket"], person.source))
    closed = _closed_as_slow(stack)
    await _beside(
        ground, "slow.sockets", probe, memory, lambda: sip_all(sleepers[::2]), _long_messages(ground, people[2], room)
    )
    told = _closed_as_slow(stack) - closed
    over = sum(each.is_over for each in sleepers)
    codes = [close_code(each.drain(1.0)) for each in sleepers[:20]]
    seen = {str(code): codes.count(code) for code in dict.fromkeys(codes)}
    note = f"{COUNT} that read a byte a second or nothing; {over} are over, the gateway closed {told:.0f} with 4413"
    ground.report.add(
        Figure("slow.sockets.not_closed", COUNT - told, "sockets", NONE, f"{note}; 20 of them saw {seen}"),
        Figure("slow.sockets.memory_each", memory.grown("gateway") / COUNT, "MiB", SOCKET_MIB, memory.words()),
    )
    for each in sleepers:
        each.close()
    await _resynced(ground, people[3], room)


async def _long_messages(ground: Ground, author: Person, room: str) -> None:
    requests, lanes = SendRequests(ground.target, LONG), FreeLanes(ground, author)
    count, began, taken = 0, perf_counter(), len(ground.ledger)
    try:
        while True:
            lanes.send(requests.make(author, room)[1])
            count += 1
            await asyncio.sleep(max(0.0, began + count / LONG_A_SECOND - perf_counter()))
    finally:
        lanes.close()
        taken = len(ground.ledger) - taken
        ground.report.add(
            Figure("slow.sockets.messages", taken, "", None, f"acknowledged while they slept, of {count}")
        )


def _closed_as_slow(stack: RunningStack) -> float:
    with urlopen(f"http://127.0.0.1:{stack.ports['gateway-health']}/metrics", timeout=10) as answer:  # noqa: S310 - ours
        lines = answer.read().decode().splitlines()
    return sum(
        float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith('charla_gateway_closed_total{code="4413"}')
    )


async def _resynced(ground: Ground, person: Person, room: str) -> None:
    """Whoever was closed for being slow connects again and is told how far the room is."""
    await patient(lambda: person.lane.call("POST", "/ws-ticket", person.token), "ws-ticket")
    answer = await patient(lambda: person.lane.call("POST", "/sync", person.token, {"heads": {room: 1}}), "sync")
    behind = [each for each in answer.json()["items"] if each["conv"] == room]
    ground.report.add(Figure("slow.sockets.cannot_resync", 0 if behind else 1, "clients", NONE, f"{behind[:1]}"))


# answers that nobody takes
async def _downloads(ground: Ground, stack: RunningStack, people: list[Person], probe: Probe) -> None:
    port = stack.ports["media-http"]
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=ground.run_dir))
    try:
        path = await asyncio.to_thread(write_noise, folder / "noise.bin", FILE_MIB * MIB)
        sender = Sender(port, people[0].token)
        media_id, _ = await asyncio.to_thread(sender.upload, path, "application/octet-stream")
    finally:
        shutil.rmtree(folder)
    memory = Memory(stack, "media-edge", "nginx")
    raw = head("GET", f"/media/{media_id}", port, Authorization=f"Bearer {people[0].token}")
    readers = await asyncio.to_thread(_asking, ground, port, raw)
    await _beside(ground, "slow.downloads", probe, memory, lambda: sip_all(readers[::2]))
    words = f"{COUNT} downloads of {FILE_MIB} MiB; {memory.words()}"
    grown = memory.grown("media-edge") + memory.grown("nginx")
    ground.report.add(Figure("slow.downloads.memory_each", grown / COUNT, "MiB", EACH_MIB, words))
    for each in readers:
        each.close()
    await patient(lambda: people[0].lane.call("DELETE", f"/media/{media_id}", people[0].token), "delete")


async def _pages(ground: Ground, stack: RunningStack, people: list[Person], probe: Probe) -> None:
    """Pages of long messages, 380 kB each, that nobody reads."""
    reader = people[2]
    room = await ground.room("long messages", [reader, people[3]])
    requests = SendRequests(ground.target, LONG)
    for _ in range(100):
        raw = requests.make(reader, room)[1]
        ground.ledger.take(await patient(lambda raw=raw: reader.lane.request(raw), "fill"))  # type: ignore[misc]
    memory = Memory(stack, "gateway", "nginx")
    raw = ground.target.head("GET", f"/conversations/{room}/messages?limit=100", reader.token, None)
    readers = await asyncio.to_thread(_asking, ground, ground.target.port, raw)
    await _beside(ground, "slow.pages", probe, memory, lambda: sip_all(readers[::2]))
    over = sum(each.is_over for each in readers)
    note = f"{COUNT} pages of 100 long messages; {over} were closed; {memory.words()}"
    grown = memory.grown("gateway") + memory.grown("nginx")
    ground.report.add(Figure("slow.pages.memory_each", grown / COUNT, "MiB", EACH_MIB, note))
    for each in readers:
        each.close()


def _asking(ground: Ground, port: int, raw: bytes) -> list[Sluggard]:
    found = [Sluggard(ground.target.host, port) for _ in range(COUNT)]
    for each in found:
        each.say(raw)
    return found


# requests that do not end
async def _writers(ground: Ground, stack: RunningStack, people: list[Person], probe: Probe) -> None:
    """Half of them never end their head, half never end their body."""
    memory = Memory(stack, "gateway", "nginx")
    target = ground.target
    writers = [Sluggard(target.host, target.port) for _ in range(COUNT)]
    headers, bodies = writers[::2], writers[1::2]
    open_head = f"POST {target.prefix}/conversations HTTP/1.1\r\nHost: {target.host}\r\nX-Slow: ".encode()
    for each in headers:
        each.say(open_head)
    for each in bodies:
        each.say(target.head("POST", "/conversations", people[0].token, 900_000) + b'{"title":"')
    await _beside(ground, "slow.writers", probe, memory, lambda: [each.drip(b"x") for each in writers])
    listening = sum(not each.is_over for each in headers), sum(not each.is_over for each in bodies)
    note = f"of {len(headers)} whose head comes a byte a second; of as many bodies {listening[1]}"
    grown = memory.grown("gateway") + memory.grown("nginx")
    ground.report.add(
        Figure("slow.writers.heads_still_read", listening[0], "sockets", NONE, note),
        Figure("slow.writers.memory_each", grown / COUNT, "MiB", EACH_MIB, memory.words()),
    )
    for each in writers:
        each.close()
