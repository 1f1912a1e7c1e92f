"""How many instances of each program there are: what is asked for, remembered, and made of it."""

import pytest

from stack import ports, scaling, topology
from stack.errors import StackError
from stack.rundir import RunDir


def test_what_was_asked_for_is_kept_and_the_rest_stays_as_it_was(tmp_path):
    run = RunDir(tmp_path)
    assert scaling.remembered(run) == {}
    scaling.remember(run, ["gateway=2", "messaging=3"])
    assert scaling.remember(run, ["gateway=1"]) == {"gateway": 1, "messaging": 3}
    assert scaling.remembered(run) == {"gateway": 1, "messaging": 3}


@pytest.mark.parametrize("word", ["gateway", "gateway=", "gateway=0", "gateway=-1", "gateway=10", "gateway=two", "=2"])
def test_what_says_no_number_is_refused(tmp_path, word):
    with pytest.raises(StackError):
        scaling.remember(RunDir(tmp_path), [word])


@pytest.mark.parametrize("name", ["nothing", "payments-sandbox", "postgres"])
def test_what_cannot_be_had_twice_is_refused_and_nothing_is_kept(tmp_path, name):
    with pytest.raises(StackError, match="gateway"):
        scaling.remember(RunDir(tmp_path), ["gateway=2", f"{name}=2"])
    assert scaling.remembered(RunDir(tmp_path)) == {}


def test_instances_have_names_and_ports_of_their_own(tmp_path):
    programs = topology.instances(topology.PROGRAMS, {"gateway": 3, "media-edge": 2})
    names = [each.name for each in programs]
    assert names.count("gateway-2") == names.count("gateway-3") == names.count("media-edge-2") == 1
    assert {each.base for each in programs} == {each.name for each in topology.PROGRAMS}
    chosen = ports.choose(RunDir(tmp_path), keep_taken=False, wishes=topology.wished_ports(programs))
    assert {"gateway", "gateway-2", "gateway-2-health", "gateway-3", "media-edge-2"} <= set(chosen)
    assert len(set(chosen.values())) == len(chosen)
