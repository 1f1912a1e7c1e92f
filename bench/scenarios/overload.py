"""Ten times what Charla can do: what is still done, what the others are told, and how soon it is over."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace

from bench.apart import kept_apart
from bench.figures import Figure, Goal, percentile
from bench.flood import Phase, Plan, Template, flooded
from bench.ground import Ground, SendRequests
from bench.people import Person, patient
from bench.processor import ProcessorTime
from bench.scenarios.history import fill
from bench.tally import Outcome, PhaseTally, recovered_after
from bench.wire import Response
from stack import running
from stack.running import RunningStack

GOODPUT = Goal(0.8, at_least=True)
RECOVERY_S = Goal(30, at_least=False)
NONE = Goal(0, at_least=False)

TIMES = 10
PEOPLE = 100
ROOMS = 50
HISTORY = 2_000
CAPACITY_LANES = 128
#: More than all gateway workers together have under way.
CONNECTIONS = 2_000
CALM_S, AFTER_S = 6.0, 30.0


async def sends(ground: Ground) -> None:
    """Offer ten times the sends that are possible."""
    people = await ground.people.first(PEOPLE)
    rooms = [await ground.room(f"overload {n}", people) for n in range(ROOMS)]
    await _measure(ground, "overload.sends", people, _sends(ground, people, rooms, 2_000))


async def mix(ground: Ground) -> None:
    """Offer ten times what is possible of sends, pages of history and logs of channels."""
    people = await ground.people.first(PEOPLE)
    rooms = [await ground.room(f"overload mix {n}", people) for n in range(ROOMS)]
    long = await ground.room("overload history", people)
    await fill(ground, people, long, HISTORY)
    channel = await _channel(ground, people[0])
    templates = _sends(ground, people, rooms, 1_000)
    templates += _pages(ground, people, long, 600) + _logs(ground, people, channel, 400)
    random.Random(10).shuffle(templates)  # noqa: S311 - an order, no secret
    await _measure(ground, "overload.mix", people, templates)


async def _measure(ground: Ground, name: str, people: Sequence[Person], templates: list[Template]) -> None:
    stack = running.load(ground.run_dir)
    with kept_apart(stack) as places:
        await _flood(ground, name, people, templates, stack, places)


async def _flood(
    ground: Ground, name: str, people: Sequence[Person], templates: list[Template], stack: RunningStack, places: str
) -> None:
    sources = tuple(people[n % len(people)].source for n in range(CONNECTIONS))
    plan = Plan(ground.target, sources, tuple(templates), ())
    closed = (Phase("warm-up", 2.0, None, CAPACITY_LANES), Phase("capacity", ground.size.seconds, None, CAPACITY_LANES))
    first = await flooded(replace(plan, phases=closed))
    capacity = first.tallies[1]
    ground.report.add(
        Figure(f"{name}.capacity", capacity.goodput, "/s", None, f"{places}; {_driver(capacity)}"),
        Figure(f"{name}.capacity.p99", percentile(capacity.took, 0.99) * 1e3, "ms"),
    )
    seconds = max(30.0, ground.size.seconds)
    rate = capacity.goodput
    open_loop = (
        Phase("before", CALM_S, rate / 2),
        Phase("overload", seconds, rate * TIMES),
        Phase("after", AFTER_S, rate / 2),
    )
    spent = ProcessorTime(stack)
    measured = asyncio.create_task(_spent(spent, CALM_S + 3, seconds - 5))
    second = await flooded(replace(plan, phases=open_loop))
    for body in first.acknowledged + second.acknowledged:
        ground.ledger.take(Response(201, b"", body))
    _report(ground, name, capacity, second.tallies)
    ground.report.add(Figure(f"{name}.cores", sum((await measured).values()), "cores", None, spent.words()))


async def _spent(spent: ProcessorTime, after_s: float, seconds: float) -> dict[str, float]:
    """Return the cores that each program takes in the middle of the overload."""
    await asyncio.sleep(after_s)
    spent.begin()
    await asyncio.sleep(seconds)
    return spent.end()


def _report(ground: Ground, name: str, capacity: PhaseTally, tallies: list[PhaseTally]) -> None:
    before, overload, after = tallies
    outcomes, unfair = overload.outcomes, overload.unfair
    offered = overload.offered / overload.seconds
    ratio = overload.goodput / capacity.goodput
    note = f"{overload.goodput:,.0f}/s; by second, lowest to highest: {_seconds(overload)}"
    told = f"429: {outcomes[Outcome.REFUSED_429]:,}, 503: {outcomes[Outcome.REFUSED_503]:,}, all with Retry-After"
    ground.report.add(
        Figure(f"{name}.offered", offered / capacity.goodput, "x", None, f"{offered:,.0f}/s; {_driver(overload)}"),
        Figure(f"{name}.goodput", ratio, "x", GOODPUT, note),
        Figure(f"{name}.accepted.p50", percentile(overload.took, 0.50) * 1e3, "ms"),
        Figure(f"{name}.accepted.p99", percentile(overload.took, 0.99) * 1e3, "ms", None, _kinds(overload)),
        Figure(f"{name}.neither", sum(unfair.values()), "requests", NONE, f"{unfair or ''} {told}"),
        Figure(f"{name}.before.p99", percentile(before.took, 0.99) * 1e3, "ms", None, f"{before.unfair or ''}"),
        _recovery(name, before, after),
    )


def _recovery(name: str, before: PhaseTally, after: PhaseTally) -> Figure:
    took = recovered_after(before.by_second[1:], after.by_second)
    note = f"then p99 {percentile(after.took, 0.99) * 1e3:.0f} ms in all {after.seconds:.0f} s; {after.unfair or ''}"
    note += f" refused {sum(each.refused for each in after.by_second)}"
    return Figure(f"{name}.recovery", float("nan") if took is None else took, "s", RECOVERY_S, note)


def _seconds(tally: PhaseTally) -> str:
    counts = sorted(each.outcomes[Outcome.ACCEPTED] for each in tally.by_second[: int(tally.seconds)])
    return f"{counts[0]:,}..{counts[-1]:,}" if counts else "none"


def _driver(tally: PhaseTally) -> str:
    total = max(1, tally.offered)
    words = f"driver {tally.cpu_s / total * 1e6:.0f} us/request = {tally.driver_share * 100:.0f}% of a core"
    if tally.no_connection:
        words += f", {tally.no_connection:,} arrivals found no free connection"
    if tally.rate is not None and tally.offered + tally.no_connection < 0.97 * tally.rate * tally.seconds:
        words += f", THE DRIVER IS THE LIMIT: {tally.rate:,.0f}/s were to be offered"
    return words + (f", {tally.no_door} connections not let in" if tally.no_door else "")


def _kinds(tally: PhaseTally) -> str:
    kinds = sorted({kind for kind, _ in tally.by_kind})
    words = []
    for kind in kinds:
        of_kind = sum(count for (each, _), count in tally.by_kind.items() if each == kind)
        words.append(f"{kind}: {tally.by_kind[kind, Outcome.ACCEPTED] / of_kind * 100:.0f}% of {of_kind:,}")
    return "accepted of " + ", ".join(words)


# what is asked for
def _sends(ground: Ground, people: Sequence[Person], rooms: Sequence[str], count: int) -> list[Template]:
    requests, made = SendRequests(ground.target), []
    for n in range(count):
        message_id, raw = requests.make(people[n % len(people)], rooms[n * 7 % len(rooms)])
        before, after = raw.split(message_id.encode())
        made.append(Template("send", before, after))
    return made


def _pages(ground: Ground, people: Sequence[Person], room: str, count: int) -> list[Template]:
    dice = random.Random(20)  # noqa: S311 - places in a history, no secrets
    paths = [f"/conversations/{room}/messages?limit=50&before_seq={dice.randint(51, HISTORY)}" for _ in range(count)]
    return [_get(ground, people[n % len(people)], "page", path) for n, path in enumerate(paths)]


def _logs(ground: Ground, people: Sequence[Person], channel: str, count: int) -> list[Template]:
    path = f"/channels/{channel}/log?after_seq=0&limit=20"
    return [_get(ground, people[n % len(people)], "channel", path) for n in range(count)]


def _get(ground: Ground, person: Person, kind: str, path: str) -> Template:
    return Template(kind, ground.target.head("GET", path, person.token, None))


async def _channel(ground: Ground, owner: Person) -> str:
    """Return a public channel with twenty posts."""
    body: dict[str, object] = {"title": "Harbour news", "visibility": "public"}
    made = await patient(lambda: owner.lane.call("POST", "/channels", owner.token, body), "channel")
    channel = str(made.json()["id"])
    for n in range(20):
        post = {
            "client_post_id": f"00000000-0000-7000-8000-{n:012x}",
            "text": f"#{n} The ferry is late.",
            "silent": True,
        }
        path = f"/channels/{channel}/posts"
        await patient(lambda path=path, post=post: owner.lane.call("POST", path, owner.token, post), "post")  # type: ignore[misc]
    return channel
