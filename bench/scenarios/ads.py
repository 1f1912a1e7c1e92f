"""Ads: how many decisions one process makes, and how long a channel's ad takes through the gateway.

The process has a database and a Redis database of its own. Through the gateway each request is somebody else's, with
a token that the stack's own key signs: the same person would get one ad in two minutes.
"""

from __future__ import annotations

import asyncio
import json
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.figures import Figure, Goal, percentile
from bench.ground import Ground
from bench.lane import Lane
from bench.load import open_loop
from bench.wire import Response
from stack import running

PER_CORE = Goal(5_000, at_least=True)
P99_MS = Goal(20, at_least=False)
CAMPAIGNS = 10_000
RATE = 100
LANES = 32
ROOT = Path(__file__).parents[2]
_REDIS_DATABASE = 7


async def decisions(ground: Ground) -> None:
    """Measure both."""
    await in_one_process(ground)
    await through_the_gateway(ground)


async def in_one_process(ground: Ground) -> None:
    """Measure decisions of one process, each logged in PostgreSQL and counted in Redis."""
    with _apart(ground) as environment:
        command = [sys.executable, "-W", "ignore", "-m", "bench.ads_process", str(ground.size.seconds), str(CAMPAIGNS)]
        process = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env=environment, stdout=asyncio.subprocess.PIPE
        )
        out, _ = await process.communicate()
    found = json.loads(out)
    rate, per_core = found["decisions"] / found["seconds"], found["decisions"] / found["cpu_s"]
    note = f"{found['shown']:,} ads among {found['campaigns']:,} campaigns, {rate:,.0f}/s on the wall"
    ground.report.add(
        Figure("ads.decisions.per_core", per_core, "per CPU s", PER_CORE, note),
        Figure("ads.decisions.rate", rate, "per s"),
        Figure("ads.decisions.p50", found["p50_ms"], "ms"),
        Figure("ads.decisions.p99", found["p99_ms"], "ms"),
    )


@contextmanager
def _apart(ground: Ground) -> Iterator[dict[str, str]]:
    """Give the environment of a process of svc_ads that has a database and a Redis database of its own."""
    from redis import Redis
    from sqlalchemy import NullPool, create_engine, make_url, text

    name = f"bench_ads_{uuid.uuid4().hex[:12]}"
    ops, mine = running.load(ground.run_dir).env("ops"), running.load(ground.run_dir).env("ads")
    admin = create_engine(ops["DATABASE_URL"], isolation_level="AUTOCOMMIT", poolclass=NullPool)
    redis_url = ops["REDIS_URL"].rsplit("/", 1)[0] + f"/{_REDIS_DATABASE}"
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} OWNER ads"))
    url = make_url(mine["DATABASE_URL"]).set(database=name).render_as_string(hide_password=False)
    environment = {**mine, "DATABASE_URL": url, "REDIS_URL": redis_url, "HEALTH_PORT": "0"}
    try:
        _migrate(environment)
        yield environment
    finally:
        Redis.from_url(redis_url).flushdb()
        with admin.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        admin.dispose()


def _migrate(environment: dict[str, str]) -> None:
    import subprocess

    command = [sys.executable, "-m", "alembic", "-c", "svc_ads/alembic.ini", "upgrade", "head"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)  # noqa: S603 - fixed


async def through_the_gateway(ground: Ground) -> None:
    """Measure GET /v1/channels/{id}/ad at a steady rate, each time of somebody who was not there yet."""
    [owner] = await ground.people.first(1)
    answer = await owner.lane.call("POST", "/channels", owner.token, {"title": "Bench", "visibility": "public"})
    channel_id = answer.json()["id"]
    shelf = Shelf(ground)
    shelf.open(channel_id)
    try:
        await shelf.until_shown(channel_id)
        await _ask(ground, shelf, channel_id)
    finally:
        shelf.close()


async def _ask(ground: Ground, shelf: Shelf, channel_id: str) -> None:
    lanes = [Lane(ground.target) for _ in range(LANES)]
    free = list(range(LANES))
    count = int(RATE * ground.size.seconds)
    path = f"/channels/{channel_id}/ad?at_seq=1&language=es"
    requests = [ground.target.request("GET", path, shelf.token()) for _ in range(count)]
    latencies: list[float] = []
    statuses: dict[int, int] = {}

    def fire(number: int) -> None:
        lane, began = free.pop(), perf_counter()

        def take(response: Response) -> None:
            free.append(lane)
            statuses[response.status] = statuses.get(response.status, 0) + 1
            latencies.append(perf_counter() - began)

        lanes[lane].send(requests[number], take)

    sent = await open_loop(RATE, ground.size.seconds, fire)
    await asyncio.sleep(1.0)
    for lane in lanes:
        lane.close()
    note = f"n={sent:,} at {RATE}/s, statuses {statuses}"
    ground.report.add(
        Figure("ads.gateway.p50", percentile(latencies, 0.50) * 1e3, "ms", note=note),
        Figure("ads.gateway.p99", percentile(latencies, 0.99) * 1e3, "ms", P99_MS),
    )
    if statuses.get(200, 0) < sent * 0.9:
        ground.report.problem(f"ads: {note}")


class Shelf:
    """Campaigns in the stack's own database, which a bench takes away again."""

    def __init__(self, ground: Ground) -> None:
        from plumbing.database import transactions
        from plumbing.identity import TokenSigner

        stack = running.load(ground.run_dir)
        self._db = transactions(stack.env("ads")["DATABASE_URL"])
        self._signer = TokenSigner(ground.run_dir / "secrets" / "keys" / "auth", "charla-auth")
        self._target, self._ids = ground.target, list[str]()

    def token(self) -> str:
        """Return a token of somebody new."""
        who = {"sub": str(uuid.uuid4()), "sid": str(uuid.uuid4()), "jti": uuid.uuid4().hex}
        return self._signer.sign({**who, "aud": "charla", "roles": ["user"]}, 300)

    def open(self, channel_id: str) -> None:
        """Publish campaigns, and let the channel carry ads."""
        from bench.ads_goods import campaigns
        from svc_ads.models import Channel

        self._ids = campaigns(self._db, 200)
        row = Channel(
            channel_id=channel_id, version=0, listed=True, owner_id=str(uuid.uuid4()), language="es", enabled=True
        )
        with self._db.transaction() as session:
            known = session.get(Channel, channel_id)
            if known is None:
                session.add(row)
            else:
                known.enabled = True

    async def until_shown(self, channel_id: str) -> None:
        """Wait until the servers have noticed the campaigns."""
        lane = Lane(self._target)
        async with asyncio.timeout(30):
            while (await lane.call("GET", f"/channels/{channel_id}/ad?at_seq=1", self.token())).status != 200:
                await asyncio.sleep(0.5)
        lane.close()

    def close(self) -> None:
        """End the campaigns."""
        from sqlalchemy import update

        from svc_ads.models import Campaign

        with self._db.transaction() as session:
            ended: Any = update(Campaign).where(Campaign.campaign_id.in_(self._ids)).values(status="ended", version=2)
            session.execute(ended)
