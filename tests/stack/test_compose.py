"""compose/compose.yaml and compose/Dockerfile say what stack/topology.py says, and give nobody more than they need."""

from __future__ import annotations

import re
import shlex
from typing import Any

import pytest
import yaml

from stack import container_files, environment, topology
from stack.credentials import Passwords
from stack.rundir import ROOT, RunDir
from stack.topology import PROGRAMS, SERVICES, Program

FILE = yaml.safe_load((ROOT / "compose" / "compose.yaml").read_text())
SERVICES_OF_IT: dict[str, dict[str, Any]] = FILE["services"]
DOCKERFILE = (ROOT / "compose" / "Dockerfile").read_text()
STORES = ("postgres", "rabbitmq", "redis")
OBSERVABILITY = ("prometheus", "grafana", "jaeger")
ONCE = ("init", *(f"migrate-{each}" for each in SERVICES))
DISCOVERY = ("discovery", "balancer")
PORTS = topology.PORTS
# Settings that a person may have, and that would show in the files.
OUTSIDE = (
    *("STRIPE_SECRET_KEY", "CHARLA_DISCOVERY", "CHARLA_PROFILES", "PUBLIC_URL", "MEDIA_URL", "OTEL_ENDPOINT"),
    *("CHARLA_TLS", "CHARLA_TLS_CERT", "CHARLA_TLS_KEY"),
)


def by_name(names: Any) -> Any:
    return pytest.mark.parametrize("name", names)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunDir, dict[str, str]]:
    """A run directory that was prepared, and the variables that this gave."""
    run = RunDir(tmp_path_factory.mktemp("compose"))
    with pytest.MonkeyPatch.context() as patch:
        for name in OUTSIDE:
            patch.delenv(name, raising=False)
        return run, container_files.write(run, PORTS)


def secrets_of(files: tuple[RunDir, dict[str, str]], name: str) -> dict[str, str]:
    return environment.read(files[0].path / "compose" / "secrets" / f"{name}.env")


def test_every_program_has_a_service_and_nothing_else_has() -> None:
    programs = {each.name for each in PROGRAMS}
    assert programs | {*STORES, *ONCE, *DISCOVERY, *OBSERVABILITY, "nginx"} == set(SERVICES_OF_IT)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda each: each.name)
def test_a_program_is_started_and_stopped_as_topology_says(program: Program) -> None:
    service = SERVICES_OF_IT[program.name]
    assert tuple(service["command"]) == program.command
    assert service["stop_grace_period"] == f"{program.stop_seconds}s"
    assert service["secrets"] == [{"source": program.name, "target": "environment"}]


@by_name(sorted({*SERVICES_OF_IT} - {*OBSERVABILITY}))
def test_the_image_is_a_target_of_the_dockerfile(name: str) -> None:
    image = SERVICES_OF_IT[name]["image"].removeprefix("charla/").partition(":")[0]
    assert re.search(rf"^FROM .* AS {image}$", DOCKERFILE, re.MULTILINE)
    built = [each for each in SERVICES_OF_IT.values() if each.get("build", {}).get("target") == image]
    assert len(built) == 1, "one service builds an image, the others use it"


@by_name(sorted(SERVICES_OF_IT))
def test_nobody_is_root_or_writes_outside_volumes_and_memory(name: str) -> None:
    service = SERVICES_OF_IT[name]
    assert service["user"].startswith("${CHARLA_UID")
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "devices", "network_mode"} & set(service)
    assert service["logging"]["options"] == {"max-size": "10m", "max-file": "3"}


@by_name(sorted({*SERVICES_OF_IT} - {*ONCE, "balancer", "jaeger"}))
def test_whoever_lives_on_is_asked_for_its_health(name: str) -> None:
    service = SERVICES_OF_IT[name]
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["restart"] == "unless-stopped"
    assert "stop_grace_period" in service
    assert "mem_limit" in service


@by_name(sorted({*(each.name for each in PROGRAMS)} - {"payments-sandbox"}))
def test_a_program_can_run_many_times(name: str) -> None:
    assert not {"container_name", "hostname", "ports"} & set(SERVICES_OF_IT[name])


def test_doors_open_on_this_machine_alone_unless_told_otherwise() -> None:
    published = {name: service["ports"] for name, service in SERVICES_OF_IT.items() if "ports" in service}
    assert set(published) == {"nginx", "payments-sandbox", *OBSERVABILITY}
    for ports in published.values():
        assert all(each.startswith(("127.0.0.1:", "${CHARLA_HTTP_BIND:-127.0.0.1}:")) for each in ports)


@by_name(STORES)
def test_stores_are_reached_from_a_network_without_a_way_out(name: str) -> None:
    assert SERVICES_OF_IT[name]["networks"] == ["back"]
    assert FILE["networks"]["back"] == {"internal": True}
    assert "back" not in SERVICES_OF_IT["nginx"]["networks"]


@by_name(sorted(SERVICES_OF_IT))
def test_what_a_service_waits_for_is_there_in_each_profile_of_it(name: str) -> None:
    service = SERVICES_OF_IT[name]
    for other in service.get("depends_on", {}):
        assert set(service["profiles"]) <= set(SERVICES_OF_IT[other]["profiles"]), other


@by_name(SERVICES)
def test_tables_come_before_the_programs_that_use_them(name: str) -> None:
    for program in PROGRAMS:
        if program.service == name and not program.alone:
            waits = SERVICES_OF_IT[program.name]["depends_on"][f"migrate-{name}"]
            assert waits == {"condition": "service_completed_successfully"}


@by_name(sorted(SERVICES_OF_IT))
def test_a_service_sees_no_keys_but_its_own(name: str) -> None:
    mounts = [each.split(":") for each in SERVICES_OF_IT[name].get("volumes", []) if "CHARLA_KEYS" in each]
    own = {"auth-service"} if name.startswith("auth") else set()
    allowed = {"public", name.split("-")[0], f"{name.split('-')[0]}-push", *own}
    assert {each[0].rpartition("/")[2] for each in mounts} <= allowed
    changed = {each[0].rpartition("/")[2] for each in mounts if each[2:] != ["ro"]}
    may_change = {"auth": {"public", "auth"}, "subscriptions": {"subscriptions-push"}}
    assert changed <= may_change.get(name.split("-")[0], set())


def test_every_part_is_known_to_who_takes_all_down() -> None:
    assert {each for service in SERVICES_OF_IT.values() for each in service["profiles"]} == {*container_files.PROFILES}


def test_no_secret_is_given_to_two() -> None:
    given = [each["source"] for service in SERVICES_OF_IT.values() for each in service.get("secrets", [])]
    assert sorted(given) == sorted(FILE["secrets"])


def test_every_base_is_named_once_with_its_version() -> None:
    bases = dict(re.findall(r"^ARG ([A-Z]+)=([a-z].*)$", DOCKERFILE, re.MULTILINE))
    stages = set(re.findall(r"^FROM .* AS (.+)$", DOCKERFILE, re.MULTILINE))
    for used in re.findall(r"^FROM (\S+) AS", DOCKERFILE, re.MULTILINE):
        assert used in stages or used.strip("${}") in bases
    public = [*bases.values(), *(SERVICES_OF_IT[each]["image"] for each in OBSERVABILITY)]
    assert all(re.fullmatch(r"[a-z/-]+:v?\d[\w.-]*|debian:bookworm-slim", each) for each in public), public


def test_what_images_copy_is_there() -> None:
    for words in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE):
        for source in shlex.split(words)[:-1]:
            assert (ROOT / source).exists(), source


def test_every_variable_has_a_value_or_a_file_that_gives_one(files: tuple[RunDir, dict[str, str]]) -> None:
    text = (ROOT / "compose" / "compose.yaml").read_text()
    needed = set(re.findall(r"\$\{([A-Z_]+)\}", text))
    assert needed <= set(files[1])


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda each: each.name)
def test_nobody_is_told_the_password_of_another(files: tuple[RunDir, dict[str, str]], program: Program) -> None:
    said = " ".join(secrets_of(files, program.name).values())
    for name in (*SERVICES, *topology.CLIENTS, environment.OPERATOR, "postgres", "payments_owner"):
        for kind in ("postgres", "rabbitmq", "redis", "token"):
            known = name == program.service and not program.alone
            assert known or Passwords(files[0]).get(f"{kind}-{name}") not in said


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda each: each.name)
def test_a_program_finds_others_by_name_and_is_found_itself(
    files: tuple[RunDir, dict[str, str]], program: Program
) -> None:
    values = secrets_of(files, program.name)
    assert str(files[0].path) not in " ".join(values.values())
    assert values["HEALTH_HOST"] == "0.0.0.0"  # noqa: S104
    if not program.alone:
        assert "@rabbitmq:5672/" in values["AMQP_URI"]
        assert "@redis:6379/" in values["REDIS_URL"]
    if "DATABASE_URL" in values:
        assert values["DATABASE_URL"].endswith(f"@postgres:5432/{program.service}")


def test_whom_nginx_asks_finds_the_registry_in_its_network(files: tuple[RunDir, dict[str, str]]) -> None:
    for program in PROGRAMS:
        at_the_front = "front" in SERVICES_OF_IT[program.name]["networks"] and not program.alone
        host = re.search("@([^:]+):", secrets_of(files, program.name)["EUREKA_URLS"])
        assert host is not None
        assert host[1] == ("registry.front" if at_the_front else "discovery"), program.name


def test_secret_files_are_read_by_their_owner_alone(files: tuple[RunDir, dict[str, str]]) -> None:
    found = [*(files[0].path / "compose" / "secrets").iterdir()]
    assert {each.name.rpartition(".")[0] for each in found} == {*FILE["secrets"], "databases"}
    assert all(each.stat().st_mode & 0o077 == 0 for each in found)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda each: each.name)
def test_a_change_of_a_services_settings_is_a_change_of_its_containers_alone(
    files: tuple[RunDir, dict[str, str]], program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = SERVICES_OF_IT[program.name]["environment"]["CHARLA_SETTINGS"]
    name = asked.removeprefix("${").removesuffix(":-}")
    assert name == f"CHARLA_SETTINGS_{program.service.upper()}"
    if program.service in SERVICES:
        assert SERVICES_OF_IT[f"migrate-{program.service}"]["environment"]["CHARLA_SETTINGS"] == asked
    told = container_files.of_program

    def changed(run: RunDir, found: Any, each: Program) -> dict[str, str]:
        return told(run, found, each) | ({"LOG_LEVEL": "DEBUG"} if each == program else {})

    monkeypatch.setattr(container_files, "of_program", changed)
    after = container_files.write(files[0], PORTS)
    assert {each for each in after if after[each] != files[1][each]} == {name}


def test_preparing_again_changes_nothing(files: tuple[RunDir, dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in OUTSIDE:
        monkeypatch.delenv(name, raising=False)
    assert container_files.write(files[0], PORTS) == files[1]


def test_prometheus_asks_every_program() -> None:
    settings = yaml.safe_load((ROOT / "compose" / "prometheus.yml").read_text())
    names = settings["scrape_configs"][0]["dns_sd_configs"][0]["names"]
    assert sorted(names) == sorted(each.name for each in PROGRAMS)
