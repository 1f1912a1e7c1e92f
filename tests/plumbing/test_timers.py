"""Timers: one replica's business at a time."""

from __future__ import annotations

import time
from typing import Any

import pytest
from sqlalchemy import Engine, text

from plumbing.timers import every
from tests.plumbing.waiting import until

Ticks = list[tuple[str, float]]


@pytest.fixture
def ticks() -> Ticks:
    return []


@pytest.fixture
def start(name: str, make_container: Any, ticks: Ticks) -> Any:
    """Start a replica whose timer fires ten times a second."""

    def run(replica: str, *, failing: bool = False) -> Any:
        class Service:
            @every(0.1, lock=name)
            def tick(self) -> None:
                ticks.append((replica, time.monotonic()))
                if failing:
                    raise RuntimeError

        Service.name = name
        container = make_container(Service)
        container.start()
        return container

    return run


def replicas(ticks: Ticks) -> set[str]:
    return {replica for replica, _ in ticks}


def test_one_of_two_replicas_fires(start: Any, ticks: Ticks) -> None:
    start("a")
    until(lambda: ticks)
    start("b")
    until(lambda: len(ticks) >= 10)
    assert replicas(ticks) == {"a"}


@pytest.mark.parametrize("way", ["stop", "kill"])
def test_other_replica_takes_over_when_the_first_ends(start: Any, ticks: Ticks, way: str) -> None:
    first = start("a")
    until(lambda: ticks)
    start("b")
    getattr(first, way)()
    until(lambda: replicas(ticks) == {"a", "b"})


def test_timer_that_failed_fires_again(start: Any, ticks: Ticks) -> None:
    start("a", failing=True)
    until(lambda: len(ticks) >= 3)


def test_timers_with_other_locks_do_not_wait(name: str, start: Any, ticks: Ticks, make_container: Any) -> None:
    class Other:
        @every(0.1, lock=f"{name}-other")
        def tick(self) -> None:
            ticks.append(("other", 0))

    Other.name = f"{name}x"
    start("a")
    make_container(Other).start()
    until(lambda: replicas(ticks) == {"a", "other"})


def test_timer_goes_on_after_its_connection_was_ended(start: Any, ticks: Ticks, engine: Engine) -> None:
    start("a")
    for _ in range(3):
        count = len(ticks)
        until(lambda count=count: len(ticks) > count)
        with engine.connect() as connection:
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
    count = len(ticks)
    until(lambda: len(ticks) > count)


def test_one_replica_fires_also_after_all_connections_were_ended(start: Any, ticks: Ticks, engine: Engine) -> None:
    start("a")
    start("b")
    until(lambda: ticks)
    with engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    ticks.clear()
    until(lambda: len(ticks) >= 12)
    assert len(replicas(ticks[-8:])) == 1


def test_timer_goes_on_after_the_database_was_away(
    start: Any, ticks: Ticks, wires: Any, scratch_database: str, environment: Any
) -> None:
    wire, url = wires(scratch_database)
    environment(DATABASE_URL=url)
    start("a")
    until(lambda: ticks)
    wire.cut()
    time_of_cut = time.monotonic()
    wire.mend()
    until(lambda: ticks[-1][1] > time_of_cut + 0.1)
