"""The registry's servers and its clients, as the supervisor is told of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from stack import discovery, environment, scaling, topology
from stack.errors import StackError
from stack.process import Process
from stack.rundir import RunDir

PORTS = {"discovery": 1, "discovery-2": 2, "gateway": 3, "gateway-health": 4}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunDir:
    monkeypatch.setattr(discovery, "_java", lambda: "/usr/bin/java")
    return RunDir(tmp_path)


def processes(run: RunDir) -> dict[str, Process]:
    found = discovery.processes(run, PORTS, [topology.program("gateway")])
    assert [each.name for each in found] == discovery.names(run, [topology.program("gateway")])
    assert all(discovery.is_one(each.name) for each in found)
    return {each.name: each for each in found}


def test_one_server_is_alone(run: RunDir) -> None:
    found = processes(run)
    assert list(found) == ["discovery", "gateway-sidecar", "balancer"]
    assert "EUREKA_PEERED" not in found["discovery"].environment


def test_two_servers_are_peers_and_everybody_knows_both(run: RunDir) -> None:
    scaling.remember(run, ["discovery=2"])
    found = processes(run)
    assert list(found) == ["discovery", "discovery-2", "gateway-sidecar", "balancer"]
    urls = environment.registry_url(run, PORTS).split(",")
    assert [each.rpartition("@")[2] for each in urls] == ["127.0.0.1:1/eureka/", "127.0.0.1:2/eureka/"]
    for name in ("gateway-sidecar", "balancer"):
        assert found[name].environment["EUREKA_URLS"] == ",".join(urls)
    for name, other in (("discovery", urls[1]), ("discovery-2", urls[0])):
        around = found[name].environment
        assert (around["EUREKA_PEERED"], around["EUREKA_PEERS"], around["EUREKA_HOSTNAME"]) == ("true", other, name)
        assert around["EUREKA_PORT"] == str(PORTS[name])
    assert found["discovery"].folder != found["discovery-2"].folder


def test_more_servers_than_two_are_refused(run: RunDir) -> None:
    with pytest.raises(StackError, match="write NAME=1 to NAME=2"):
        scaling.remember(run, ["discovery=3"])


def test_an_instance_has_the_same_name_everywhere() -> None:
    two = topology.instances([topology.program("gateway")], {"gateway": 2})
    assert [each.name for each in two] == topology.names_of("gateway", 2) == ["gateway", "gateway-2"]
    answer = {
        "applications": {
            "application": [
                {"instance": [{"instanceId": f"host:{each.base}:{each.number}", "status": "UP"} for each in two]}
            ]
        }
    }
    assert [each.name for each in discovery._instances(answer)] == ["gateway", "gateway-2"]
