"""A running stack, as a Prometheus beside it sees it."""

from __future__ import annotations

import pytest

from stack.lifecycle import Stack
from stack.rundir import RunDir
from tests.monitoring.seen import QUEUES, ask, names_in, rules


@pytest.fixture(scope="session")
def stack() -> Stack:
    found = Stack(RunDir.current())
    if not found.supervisor.is_up:
        pytest.skip("needs the running stack that `./charla test` starts")
    return found


@pytest.fixture(scope="session")
def expositions(stack: Stack) -> dict[str, str]:
    """What each program's port for operators shows, by program."""
    return {each.name: ask(stack.ports[f"{each.name}-health"], "/metrics") for each in stack.programs}


@pytest.fixture(scope="session")
def exposed(stack: Stack, expositions: dict[str, str]) -> set[str]:
    """The names of all series, recorded ones included."""
    broker = stack.ports["rabbitmq-metrics"]
    told = [*expositions.values(), ask(broker, "/metrics"), ask(broker, QUEUES)]
    return set().union(*map(names_in, told)) | {rule["record"] for rule in rules("recording.yml")} | {"up"}
