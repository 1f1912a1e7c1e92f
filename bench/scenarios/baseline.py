"""What the machine itself can do: PostgreSQL's commits and Flask's requests, in the same run."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from threading import Thread
from time import perf_counter
from typing import Any

import psycopg2

from bench.figures import Figure, Goal, Report
from bench.ground import TEXT, Ground
from bench.lane import Lane
from bench.load import ClosedLoop
from bench.wire import Target
from stack import running

CONNECTIONS = (1, 8)
#: 500 payments/s on the machine whose PostgreSQL made 17,400 commits/s; it holds on busier and slower ones, too.
PAYMENTS_TO_COMMITS = Goal(0.029, at_least=True)
FLASK_LANES = 32
FLASK_WORKERS = 2
SCRATCH = "bench_scratch"
ROOT = Path(__file__).parents[2]


def _dsn(ground: Ground) -> str:
    url: str = running.load(ground.run_dir).env("ops")["DATABASE_URL"]
    return url.replace("postgresql+psycopg2://", "postgresql://")


async def commits(ground: Ground) -> None:
    """Measure single-row commits of the stack's own PostgreSQL, into a scratch table."""
    dsn = _dsn(ground)
    with closing(_connect(dsn)) as owner, owner.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {SCRATCH}")
        cursor.execute(f"CREATE TABLE {SCRATCH} (id bigint, writer int, text text, PRIMARY KEY (writer, id))")
        try:
            for count in CONNECTIONS:
                rate = await asyncio.to_thread(_commit_rate, dsn, count, ground.size.seconds)
                ground.report.add(Figure(f"postgresql.commits.{count}_connections", rate, "commits/s"))
        finally:
            cursor.execute(f"DROP TABLE {SCRATCH}")


def _connect(dsn: str) -> Any:
    connection = psycopg2.connect(dsn)
    connection.autocommit = True
    return connection


def _commit_rate(dsn: str, connections: int, seconds: float) -> float:
    counts = [0] * connections
    ends = perf_counter() + seconds

    def write(writer: int) -> None:
        with closing(_connect(dsn)) as connection, connection.cursor() as cursor:
            number = 0
            while perf_counter() < ends:
                number += 1
                cursor.execute(
                    f"INSERT INTO {SCRATCH} VALUES (%s, %s, %s)",  # noqa: S608 - a constant
                    (number, writer + 100 * connections, TEXT),
                )
            counts[writer] = number

    writers = [Thread(target=write, args=(writer,)) for writer in range(connections)]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    return sum(counts) / seconds


async def plain_flask(ground: Ground) -> None:
    """Measure a trivial Flask route under the same server, workers and driver."""
    async with _gunicorn() as target:
        raw = target.request("POST", "/plain", body={"client_msg_id": "0" * 36, "text": TEXT})
        lanes = [Lane(target) for _ in range(FLASK_LANES)]
        sample = await ClosedLoop(lanes, lambda _: raw).run(ground.size.seconds, ground.size.warm_up_s)
        ground.report.add(*sample.figures("plain_flask", "requests/s"))


@asynccontextmanager
async def _gunicorn() -> AsyncIterator[Target]:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "-k", "gevent", "-w", str(FLASK_WORKERS), "-b", f"127.0.0.1:{port}"]
    server = subprocess.Popen(  # noqa: S603 - fixed arguments
        [*command, "--log-level", "error", "--keep-alive", "60", "bench.plain_flask:create_app()"],
        cwd=ROOT,
        start_new_session=True,
    )
    target = Target("127.0.0.1", port)
    try:
        await _listens(target)
        yield target
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        await asyncio.to_thread(server.wait)


async def _listens(target: Target) -> None:
    lane = Lane(target)
    async with asyncio.timeout(20):
        while not await lane.connect():
            await asyncio.sleep(0.1)
    lane.close()


def ratios(ground: Ground) -> None:
    """Report Charla's figures as shares of what the machine can do."""
    report, rooms = ground.report, ground.size.rooms
    senders = ground.size.senders[-1]
    many = report.value(f"sends.{rooms}_rooms.{senders}_senders.rate")
    one = report.value(f"sends.1_room.{senders}_senders.rate")
    pages = report.value("history.page_of_50.rate")
    commit, flask = report.value("postgresql.commits.8_connections"), report.value("plain_flask.rate")
    paid = report.value("payments.one_account.rate")
    rates = ((f"sends.{rooms}_rooms", many), ("sends.1_room", one), ("history.page", pages), ("payments", paid))
    for name, rate in rates:
        for base, whole in (("postgresql_commits", commit), ("plain_flask", flask)):
            if rate == rate and whole == whole:  # neither is NaN
                goal = PAYMENTS_TO_COMMITS if (name, base) == ("payments", "postgresql_commits") else None
                report.add(Figure(f"ratio.{name}.to.{base}", rate / whole, "x", goal))
    _channel_ratios(report)


def _channel_ratios(report: Report) -> None:
    """Report a post's time in commits of one connection, and pushes as a share of plain requests."""
    took_ms, commit = report.value("channel.post.acknowledged.p50"), report.value("postgresql.commits.1_connections")
    pushes, flask = report.value("channel.pushes.rate"), report.value("plain_flask.rate")
    for name, ratio in (("post.to.one_commit", took_ms * commit / 1e3), ("pushes.to.plain_flask", pushes / flask)):
        if ratio == ratio:  # not NaN
            report.add(Figure(f"ratio.channel.{name}", ratio, "x"))
