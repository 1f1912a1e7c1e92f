"""Instances join the real registry, drain, die, hang and come back."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from xml.etree import ElementTree

import pytest
import requests

from tests.discovery.conftest import DRAINING, ROOT, UNREADY, instance, running, statuses, wait_for

pytestmark = pytest.mark.stack


def stands(registry, pair, *wanted, seconds=40):
    return wait_for(lambda: statuses(registry, pair.app) == list(wanted), seconds)


def test_an_instance_joins_with_its_address_and_version_once_it_is_ready(registry, pair):
    mine = pair(UNREADY)
    assert not wait_for(lambda: statuses(registry, mine.app), seconds=3)
    mine.says('200 {"ready": true}')
    assert stands(registry, mine, "UP")
    [found] = registry.up(mine.app)
    assert found.address == f"127.0.0.1:{mine.port}"
    assert found.metadata["version"] == "v1"


def test_prometheus_finds_what_its_settings_name(registry, registry_url, pair):
    """It reads XML, in which the registry writes some names otherwise than in JSON."""
    mine = pair()
    assert stands(registry, mine, "UP")
    url = f"{registry_url.split(',')[0].rstrip('/')}/apps/{mine.app}"
    answer = requests.get(url, headers={"Accept": "application/xml"}, timeout=30)
    told = {each.tag for each in ElementTree.fromstring(answer.text).findall("instance/metadata/*")}  # noqa: S314 - our own registry's
    settings = (ROOT / "monitoring" / "prometheus" / "eureka.yml").read_text()
    asked = set(re.findall(r"__meta_eureka_app_instance_metadata_(\w+)", settings))
    assert asked
    assert asked <= told


def test_two_instances_of_one_app_stand_side_by_side(registry, pair):
    mine = pair()
    pair(number=2)
    assert stands(registry, mine, "UP", "UP")


def test_one_that_is_not_ready_any_more_is_down_and_up_again(registry, pair):
    mine = pair()
    assert stands(registry, mine, "UP")
    mine.says(UNREADY)
    assert stands(registry, mine, "DOWN")
    mine.says('200 {"ready": true}')
    assert stands(registry, mine, "UP")


def test_one_that_drains_is_out_of_service(registry, pair):
    mine = pair()
    assert stands(registry, mine, "UP")
    mine.says(DRAINING)
    assert stands(registry, mine, "OUT_OF_SERVICE")


def test_one_that_is_killed_is_down_and_up_when_it_was_started_again(registry, pair):
    mine = pair()
    assert stands(registry, mine, "UP")
    mine.instance.kill()
    assert stands(registry, mine, "DOWN")
    with running(instance(mine.health, mine.port)):
        assert stands(registry, mine, "UP")


def test_one_that_hangs_is_down_until_it_goes_on(registry, pair):
    mine = pair()
    assert stands(registry, mine, "UP")
    mine.instance.send_signal(signal.SIGSTOP)
    assert stands(registry, mine, "DOWN")
    mine.instance.send_signal(signal.SIGCONT)
    assert stands(registry, mine, "UP")


def test_a_sidecar_that_ends_takes_its_instance_off_the_registry(registry, pair):
    mine = pair()
    assert stands(registry, mine, "UP")
    mine.sidecar.terminate()
    assert mine.sidecar.wait(60) == 0
    assert stands(registry, mine)


def test_a_machine_that_dies_is_forgotten_when_its_lease_is_over(registry, pair):
    mine = pair()
    assert stands(registry, mine, "UP")
    for process in (mine.sidecar, mine.instance):
        process.kill()
    # Eureka waits for twice the lease, and looks each five seconds.
    assert stands(registry, mine, seconds=90)


def test_a_registry_that_is_away_is_told_when_it_is_there(registry, registry_url, pair, tmp_path):
    """The first address of two answers nothing; the second does."""
    mine = pair(url=f"http://a:b@127.0.0.1:1/eureka/,{registry_url}")
    assert stands(registry, mine, "UP")


@pytest.mark.parametrize("lacking", ["SIDECAR_APP", "SIDECAR_PORT", "SIDECAR_HEALTH_URL", "EUREKA_URLS"])
def test_a_sidecar_without_its_settings_says_which_is_missing(lacking):
    names = {"SIDECAR_APP": "a", "SIDECAR_PORT": "1", "SIDECAR_HEALTH_URL": "http://127.0.0.1:1", "EUREKA_URLS": "x"}
    around = {"PATH": "/usr/bin", **{name: value for name, value in names.items() if name != lacking}}
    done = subprocess.run(
        [sys.executable, "-m", "discovery.sidecar"], cwd=ROOT, env=around, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert lacking in done.stderr


def test_who_does_not_know_the_password_learns_nothing(stack):
    address = f"http://127.0.0.1:{stack.ports['discovery']}/eureka/apps"
    with pytest.raises(urllib.error.HTTPError) as refused, urllib.request.urlopen(address, timeout=5):
        pass
    with refused.value:
        assert refused.value.code == 401


def test_every_program_of_the_stack_stands_in_the_registry(registry, stack):
    sidecars = [each for each in stack.programs if each.endswith("-sidecar")]
    assert "gateway-sidecar" in sidecars
    here = socket.gethostname()
    wanted = {":".join((here, *named(each.removesuffix("-sidecar")))) for each in sidecars}
    assert wait_for(lambda: registry.refresh() and wanted <= {each.instance_id for each in up(registry)})


def named(program):
    """Return what a program and which of its instances it is, as its sidecar calls it."""
    base, _, number = program.rpartition("-")
    return (base, number) if number.isdecimal() else (program, "1")


def up(registry):
    return [each for app in registry.known.values() for each in app if each.is_up]
