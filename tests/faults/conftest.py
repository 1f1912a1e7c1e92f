"""A running stack, a crowd with accounts, and scenes that are always cleared away."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from itertools import count

import pytest

from bench.people import People
from bench.wire import Target
from drill.scene import SMALL, Scene
from drill.site import Site
from stack.running import RunningStack, load


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the supervisor's client leave its local sockets to the garbage collector."""
    for item in items:
        if item.get_closest_marker("faults"):
            item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"))


#: One for each test: the same people send in all of them, and never twice under one id.
SEEDS = count(1)


@pytest.fixture(scope="session")
def stack() -> RunningStack:
    """The stack of CHARLA_RUN_DIR; it will be broken, so it must be nobody else's."""
    if "CHARLA_RUN_DIR" not in os.environ:
        pytest.skip("CHARLA_RUN_DIR does not name a stack that may be broken")
    return load()


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    """One event loop for all tests, since connections live as long as the crowd does."""
    with asyncio.Runner() as running:
        yield running


@pytest.fixture(scope="session")
def people(stack: RunningStack, runner: asyncio.Runner) -> Iterator[People]:
    """A crowd that registers once."""
    crowd = People(Target.from_url(stack.url))
    runner.run(_register(crowd))
    yield crowd
    runner.run(crowd.leave())


async def _register(crowd: People) -> None:
    await crowd.first(SMALL.writers + SMALL.readers + 2)


@pytest.fixture
def scene(stack: RunningStack, people: People, runner: asyncio.Runner) -> Iterator[Scene]:
    """A site with 32 senders, ready to begin."""
    made = runner.run(_scene(stack, people))
    yield made
    runner.run(made.site.abandon())


async def _scene(stack: RunningStack, people: People) -> Scene:
    return Scene(Site(stack, SMALL, seed=next(SEEDS), people=people))
