"""Two peers of the registry: what one is told the other one knows, and one of them is enough.

    CHARLA_RUN_DIR=/tmp/peers ./charla up --scale discovery=2 --scale gateway=2
    export CHARLA_RUN_DIR=/tmp/peers CHARLA_URL=http://127.0.0.1:PORT PYTHONPATH=.
    .run/venv/bin/pytest --suppress-nameko-eventlet-notification tests/discovery/test_peers.py

A second JVM is too much for every run: without one these are skipped.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
import requests

from plumbing.registry import Registry
from stack import nginx
from stack.rundir import RunDir
from stack.running import RunningStack
from tests.discovery.conftest import statuses, wait_for

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1200)]

FIRST, SECOND = "discovery", "discovery-2"
#: A JVM starts within this, in seconds, however busy the machine is.
START_S = 600


@pytest.fixture(scope="module", autouse=True)
def peers(stack: RunningStack) -> Iterator[None]:
    """Both answer, and do so again in the end."""
    if SECOND not in stack.programs:
        pytest.skip("this stack has one registry; start it with --scale discovery=2 --scale gateway=2")
    stack.wait_until_ready(FIRST, SECOND, seconds=START_S)
    yield
    stack.wait_until_ready(FIRST, SECOND, seconds=START_S)


@pytest.fixture
def each(registry_url: str) -> list[Registry]:
    """Each of the two, asked alone."""
    return [Registry((url,)) for url in registry_url.split(",")]


def stands(registry: Registry, app: str, *wanted: str, seconds: float = 60) -> bool:
    return wait_for(lambda: statuses(registry, app) == list(wanted), seconds)


def upstream() -> str:
    return nginx.upstream(RunDir.current(), "gateway").read_text()


def test_what_one_is_told_the_other_one_knows(pair, registry_url, each):
    for number, url in enumerate(registry_url.split(","), 1):
        mine = pair(number=number, url=url)
    for registry in each:
        assert stands(registry, mine.app, "UP", "UP")
    mine.sidecar.terminate()
    for registry in each:
        assert stands(registry, mine.app, "UP")


def test_one_of_two_is_killed_and_all_goes_on(stack, pair, registry_url, each):
    before = pair()
    assert stands(each[1], before.app, "UP")
    stack.kill(FIRST, signal.SIGKILL)
    # Registrations: who was there stays, who comes is taken, and who leaves is gone.
    mine = pair(number=2)
    assert stands(each[1], mine.app, "UP", "UP")
    before.sidecar.terminate()
    assert stands(each[1], mine.app, "UP")
    # The balancer: it follows the one that is left.
    port = f":{stack.ports['gateway-2']} "
    stack.stop("gateway-2")
    assert wait_for(lambda: port not in upstream(), 90)
    stack.start("gateway-2")
    assert wait_for(lambda: port in upstream(), 90)
    # The gateway: it answers, and knows of instances.
    answer = requests.get(f"{os.environ['CHARLA_URL']}/v1/status", timeout=20)
    assert answer.status_code == 200
    # The one that was killed is started again by its supervisor, and learns what it has missed.
    stack.wait_until_ready(FIRST, seconds=START_S)
    assert stands(each[0], mine.app, "UP")


def test_the_other_one_is_killed_too(stack, pair, each):
    stack.kill(SECOND, signal.SIGKILL)
    mine = pair()
    assert stands(each[0], mine.app, "UP")
    stack.wait_until_ready(SECOND, seconds=START_S)
    assert stands(each[1], mine.app, "UP")
