"""Programs are replaced while people use them: nobody is refused anything, and what is no good never takes over."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from drill.calm import Calm
from drill.consumers import Watch
from stack import discovery, topology, upgrade
from stack.errors import StackError
from stack.lifecycle import Stack
from stack.rolling import NotReady
from stack.running import RunningStack


@pytest.mark.parametrize(
    "before, after", [("auth", "auth-relay"), ("ads-worker", "gateway"), ("gateway", "media-edge")]
)
def test_services_go_first_then_the_background_then_the_doors(before: str, after: str) -> None:
    stages = upgrade.stages(each.name for each in topology.PROGRAMS)
    place = {name: number for number, stage in enumerate(stages) for name in stage}
    assert place[before] < place[after]


def test_an_upgrade_leaves_no_program_out() -> None:
    names = [each.name for each in topology.PROGRAMS]
    assert sorted(name for stage in upgrade.stages(names) for name in stage) == sorted(names)


def test_a_program_that_there_is_not_is_named(stack: Stack) -> None:
    with pytest.raises(StackError, match="nothing"):
        upgrade.run(stack, ["nothing"], everything=False)


@pytest.mark.faults
@pytest.mark.timeout(400)
def test_nobody_notices_that_services_and_the_gateway_are_replaced(
    running: RunningStack, stack: Stack, calm: Callable[[], Calm]
) -> None:
    names = ["auth", "messaging", "gateway"]
    before = {each: running.pid(each) for each in names}
    programs = running.programs
    with calm() as people, Watch(running.env("ops")["AMQP_URI"], ["auth", "messaging"]) as watch:
        done = upgrade.replace(stack, names)
    assert people.failures == []
    assert people.missing == set()
    assert min(people.done[each] for each in ("write", "read", "renew", "come back")) > 0
    assert watch.fewest == {"auth": 1, "messaging": 1}
    assert [each.program for each in done] == names
    assert not {each: running.pid(each) for each in names}.items() & before.items()
    assert running.programs == programs, "those that ran for a moment are gone"


@pytest.fixture
def broken_settings(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings with which nothing starts, for whatever is started from now on."""
    with monkeypatch.context() as patch:
        patch.setenv("LOG_LEVEL", "NOTHING")
        yield
    registry = discovery.SERVER in stack.supervisor.states()
    stack.supervisor.learn(stack.describe(keep_ports=True, registry=registry))


@pytest.mark.faults
@pytest.mark.timeout(400)
@pytest.mark.usefixtures("broken_settings")
def test_what_never_gets_ready_is_taken_away_and_the_old_goes_on(
    running: RunningStack, stack: Stack, calm: Callable[[], Calm]
) -> None:
    before, programs = running.pid("messaging"), running.programs
    settings = running.env("messaging")
    with calm() as people, pytest.raises(NotReady, match="messaging-2"):
        upgrade.replace(stack, ["messaging"], patience_s=5)
    assert people.failures == []
    assert running.pid("messaging") == before
    assert running.programs == programs
    assert running.env("messaging") == settings, "should it die, it starts as it was"
