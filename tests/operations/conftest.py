"""A running stack that may be changed, and people who go on using it meanwhile."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from drill.calm import Calm
from stack.lifecycle import Stack
from stack.rundir import RunDir
from stack.running import RunningStack, load


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the supervisor's client leave its local sockets to the garbage collector."""
    for item in items:
        if "operations" in item.path.parts:
            item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"))


@pytest.fixture(scope="session")
def running() -> RunningStack:
    """The stack of CHARLA_RUN_DIR; its programs will be replaced, so it must be nobody else's."""
    if "CHARLA_RUN_DIR" not in os.environ:
        pytest.skip("CHARLA_RUN_DIR names no stack whose programs may be replaced")
    found = load()
    found.wait_until_ready(*(each.name for each in Stack(RunDir.current()).programs), seconds=120)
    return found


@pytest.fixture
def stack(running: RunningStack) -> Stack:
    """The same, to be changed."""
    return Stack(RunDir.current(), say=lambda _line: None)


@pytest.fixture
def calm(running: RunningStack) -> Callable[[], Calm]:
    """Makes people who use the stack inside a `with` block."""
    media = f"http://127.0.0.1:{running.ports['media-http']}"
    # The edge waits two seconds for a service, which may be too short on a busy machine; the drill uploads, too.
    return lambda: Calm(running.url, media, uploads=False)
