"""One post to a hundred thousand followers: some listen on sockets, some have web push, most are not there.

First silent posts, which notify nobody; then a loud one, while whose pushes go out. The push service is
`bench.push_service`, in a process of its own, and the notifier one of the bench's that may call it.
"""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from bench import crowd, push_service
from bench.figures import Figure, Goal, percentile
from bench.ground import TEXT, Ground
from bench.lane import Lane
from bench.live import sign_in_all
from bench.notifier import Notifier, notifier
from bench.people import Person, SetupError, for_each, patient
from bench.push_service import Browser
from bench.scenarios.memory import MIB, tree_memory
from bench.websocket import Socket
from stack import running
from stack.running import RunningStack

ACKNOWLEDGED_MS = Goal(50, at_least=False)
LIVE_MS = Goal(300, at_least=False)
PUSHED_S = Goal(30, at_least=False)
#: What "flat" is: a batch of followers, and not all of them.
GROWTH_MIB = Goal(32, at_least=False)
PAUSE_S = 0.5
PATIENCE_S = 120.0
WATCHED = ("gateway", "subscriptions", "notifier")
_NUMBER = re.compile(rb'"type":"post\.published".*?"text":"#(\d+) ')


@dataclass
class Wall:
    """What the listeners' sockets saw, and when each post was sent and acknowledged."""

    sent: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    frames: list[tuple[float, bytes]] = field(default_factory=list)

    def on_text(self, moment: float, payload: bytes) -> None:
        """Keep a frame; it is read after the measurement."""
        self.frames.append((moment, payload))

    def latencies(self, first: int, last: int) -> list[float]:
        """Return the seconds from sending each of the posts `first` to `last - 1` to each arrival."""
        found = []
        for moment, payload in self.frames:
            match = _NUMBER.search(payload)
            number = int(match.group(1)) if match else -1
            if first <= number < last:
                found.append(moment - self.sent[number])
        return found


@dataclass
class Stage:
    """A channel, its author, and everybody who is there."""

    ground: Ground
    channel: str
    author: Person
    lane: Lane
    sockets: Sequence[Socket]
    wall: Wall = field(default_factory=Wall)

    async def publish(self, *, silent: bool) -> None:
        """Publish one post, and note how long its acknowledgement took."""
        number = len(self.wall.sent)
        body = {"client_post_id": str(uuid.uuid4()), "text": f"#{number} {TEXT}", "silent": silent}
        raw = self.ground.target.request("POST", f"/channels/{self.channel}/posts", self.author.token, body)
        self.wall.sent.append(perf_counter())
        answer = await self.lane.request(raw)
        if not answer.ok:
            msg = f"a post: {answer.status} {answer.body[:200]!r}"
            raise SetupError(msg)
        self.wall.took.append(perf_counter() - self.wall.sent[number])

    async def heard(self) -> None:
        """Wait until every socket has every post, or patience ends."""
        wanted, deadline = len(self.wall.sent) * len(self.sockets), perf_counter() + PATIENCE_S / 10
        while len(self.wall.frames) < wanted and perf_counter() < deadline:
            await asyncio.sleep(0.05)


async def post_to_all(ground: Ground) -> None:
    """Measure posts to a channel that a hundred thousand people follow."""
    stack = running.load(ground.run_dir)
    people = await ground.people.first(max(ground.size.listeners, 2))
    channel = await _begin(ground, people)
    url, size = stack.env("subscriptions")["DATABASE_URL"], ground.size
    strangers = size.followers - len(people)
    try:
        async with AsyncExitStack() as stage:
            browser = stage.enter_context(push_service.running())
            stage.enter_context(crowd.following(url, channel, strangers, size.devices, browser))
            with crowd.connected(stack.env("ops")["DATABASE_URL"]) as operator:
                operator.execute("CHECKPOINT")  # what the crowd wrote is on its disk before anything is measured
            log = ground.run_dir / "logs" / "bench-notifier.log"
            sender = await stage.enter_async_context(notifier(stack, browser.place, log))
            await _measure(ground, stack, sender, browser, channel, people)
    finally:
        owner = people[0]
        await patient(lambda: owner.lane.call("DELETE", f"/channels/{channel}", owner.token), "delete channel")


async def _begin(ground: Ground, people: Sequence[Person]) -> str:
    """Make a channel that all of `people` follow."""
    owner = people[0]
    body = {"title": "Harbour news", "visibility": "public"}
    made = await patient(lambda: owner.lane.call("POST", "/channels", owner.token, body), "channel")
    channel = str(made.json()["id"])

    async def follow(person: Person) -> None:
        path = f"/channels/{channel}/subscription"
        await patient(lambda: person.lane.call("POST", path, person.token), "follow")

    await for_each(people[1:], 16, follow)
    return channel


async def _measure(
    ground: Ground, stack: RunningStack, sender: Notifier, browser: Browser, channel: str, people: Sequence[Person]
) -> None:  # fmt: skip
    wall = Wall()
    sockets = await sign_in_all(ground.target, people, len(people), wall.on_text)
    stage = Stage(ground, channel, people[0], Lane(ground.target, people[0].source), sockets, wall)
    pids = dict(zip(WATCHED, (stack.pid("gateway"), stack.pid("subscriptions"), sender.pid), strict=True))
    try:
        await stage.publish(silent=True)  # connects; it does not count
        await stage.heard()
        for _ in range(ground.size.posts):
            await stage.publish(silent=True)
            await asyncio.sleep(PAUSE_S)
        await stage.heard()
        await sender.ready()
        before = _memory(pids)
        seconds, most = await _loud(stage, browser, pids)
        await stage.heard()
        await _report(stage, browser, seconds)
        ground.report.add(*(_growth(name, before[name], most[name]) for name in WATCHED))
    finally:
        stage.lane.close()
        for socket in sockets:
            socket.abort()


async def _loud(stage: Stage, browser: Browser, pids: dict[str, int]) -> tuple[float, dict[str, float]]:
    """Publish a post that notifies; return how long its pushes took, and the most memory meanwhile."""
    most, devices = _memory(pids), stage.ground.size.devices
    await stage.publish(silent=False)
    began = stage.wall.sent[-1]
    while perf_counter() - began < PATIENCE_S:
        count = await push_service.ask(browser, "count")
        now = await asyncio.to_thread(_memory, pids)
        most = {name: max(most[name], now[name]) for name in pids}
        if count["pushes"] >= devices:
            return count["last_at"] - began, most
        await asyncio.sleep(0.2)
    msg = f"{count['pushes']} of {devices} pushes within {PATIENCE_S:.0f} s"
    raise SetupError(msg)


def _memory(pids: dict[str, int]) -> dict[str, float]:
    return {name: tree_memory(pid)[0] for name, pid in pids.items()}


def _growth(name: str, before: float, most: float) -> Figure:
    note = f"{before / MIB:.1f} -> at most {most / MIB:.1f} MiB PSS"
    return Figure(f"channel.memory.{name}.growth", (most - before) / MIB, "MiB", GROWTH_MIB, note)


async def _report(stage: Stage, browser: Browser, seconds: float) -> None:
    ground, wall = stage.ground, stage.wall
    devices, listeners, loud = ground.size.devices, len(stage.sockets), len(wall.sent) - 1
    silent, notified = wall.latencies(1, loud), wall.latencies(loud, loud + 1)
    missing = loud * listeners - len(silent) - len(notified)
    cut = sum(socket.closed.is_set() for socket in stage.sockets)
    note = f"n={len(silent):,}, {ground.size.followers:,} followers, {listeners:,} sockets"
    note += f", pushes that did not come {missing}, sockets cut {cut}" if missing or cut else ""
    took_ms = [each * 1e3 for each in wall.took[1:]]
    proof = await push_service.ask(browser, "proof", PATIENCE_S)
    if proof["ids"] != devices:
        ground.report.problem(f"channel: {proof['ids']} of {devices} pushes were told apart: {proof}")
    await _check_log(stage)
    said = f"{proof['pushes']:,} decrypted, {proof['ids']:,} ids, senders verified"
    ground.report.add(
        Figure("channel.post.acknowledged.p50", percentile(took_ms, 0.50), "ms", None, f"n={len(took_ms)}"),
        Figure("channel.post.acknowledged.p99", percentile(took_ms, 0.99), "ms", ACKNOWLEDGED_MS),
        Figure("channel.loud_post.acknowledged", took_ms[-1], "ms", ACKNOWLEDGED_MS),
        Figure("channel.live.p50", percentile(silent, 0.50) * 1e3, "ms", None, note),
        Figure("channel.live.p99", percentile(silent, 0.99) * 1e3, "ms", LIVE_MS),
        Figure("channel.loud_post.live.p99", percentile(notified, 0.99) * 1e3, "ms", LIVE_MS, f"n={len(notified):,}"),
        Figure("channel.pushes.all_handed_over", seconds, "s", PUSHED_S, said),
        Figure("channel.pushes.rate", devices / seconds, "pushes/s"),
    )


async def _check_log(stage: Stage) -> None:
    """Report a problem unless the log holds each acknowledged post once, in its order."""
    path = f"/channels/{stage.channel}/log?after_seq=0&limit=200"
    answer = await patient(lambda: stage.lane.call("GET", path, stage.author.token), "log")
    entries: list[dict[str, Any]] = json.loads(answer.body)["items"]
    texts = [entry["post"]["text"] for entry in entries if entry["type"] == "post.published"]
    wanted = [f"#{number} {TEXT}" for number in range(len(stage.wall.sent))]
    if texts != wanted:
        stage.ground.report.problem(f"channel: the log holds {len(texts)} posts and not the {len(wanted)} published")
