"""What is generated is what is committed."""

from __future__ import annotations

import pytest
from manifests import DEPLOY, committed, of_kind, pod_of

from deploy import generate, programs, scaling
from stack import topology


@pytest.mark.parametrize("path", generate.files())
def test_generated_files_are_current(path: str) -> None:
    assert (DEPLOY / path).read_text() == generate.files()[path], "run: python -m deploy.generate"


def test_every_program_is_a_deployment_that_runs_its_command() -> None:
    found = {each["metadata"]["name"]: each for each in of_kind(committed(), "Deployment")}
    for program in topology.PROGRAMS:
        container = pod_of(found[program.name])["spec"]["containers"][0]
        assert container["command"] == list(program.command)
    assert set(found) - {each.name for each in topology.PROGRAMS} == {"nginx"}


def test_a_program_has_the_time_to_stop_that_the_topology_gives_it() -> None:
    for each in of_kind(committed(), "Deployment"):
        name = each["metadata"]["name"]
        if name == "nginx":
            continue
        pod = pod_of(each)["spec"]
        before = pod["containers"][0].get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        assert pod["terminationGracePeriodSeconds"] - before == topology.program(name).stop_seconds
        assert bool(before) == (name in programs.DOORS), "who is called waits until everybody has heard that it goes"


def test_every_service_is_migrated() -> None:
    jobs = {each["metadata"]["name"] for each in of_kind(committed(), "Job")}
    assert {f"migrate-{each}" for each in topology.SERVICES} <= jobs


def test_every_batch_job_exists() -> None:
    for each in programs.BATCHES:
        assert (DEPLOY.parent / f"svc_{each.service}" / "jobs" / f"{each.job}.py").exists()


def test_every_program_scales_or_has_a_fixed_number() -> None:
    known = {*scaling.RANGES, *scaling.fixed(), *programs.FOR_TRIAL}
    assert known == {each.name for each in topology.PROGRAMS}
    relays = {each.name for each in topology.PROGRAMS if each.name.endswith("-relay")}
    assert relays <= set(scaling.fixed()), "more than one leader and one that stands by add nothing"
