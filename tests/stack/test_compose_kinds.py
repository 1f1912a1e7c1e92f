"""Where Charla runs is chosen once for a run directory; and what containers are given beside that."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stack import compose, container_files, engine, kinds, rundir
from stack.containers import Containers
from stack.errors import StackError
from stack.lifecycle import Stack
from stack.places import Places, address, bind, outside
from stack.rundir import ROOT, RunDir


def test_a_run_directory_stays_what_it_was_made_as(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = RunDir(tmp_path)
    monkeypatch.setenv("CHARLA_ENGINE", "native")
    kinds.keep(kinds.of(run))
    monkeypatch.delenv("CHARLA_ENGINE")
    assert type(kinds.of(run, fallback=kinds.DOCKER)) is Stack
    monkeypatch.setenv("CHARLA_ENGINE", "docker")
    with pytest.raises(StackError, match="its data is there"):
        kinds.of(run)


def test_data_from_before_there_was_a_choice_is_native(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHARLA_ENGINE", raising=False)
    (tmp_path / "postgres" / "data").mkdir(parents=True)
    assert type(kinds.of(RunDir(tmp_path), fallback=kinds.DOCKER)) is Stack


@pytest.mark.parametrize("answers", [True, False])
def test_a_new_one_is_in_containers_where_an_engine_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answers: bool
) -> None:
    monkeypatch.delenv("CHARLA_ENGINE", raising=False)
    monkeypatch.setattr(compose, "client", lambda: ("docker", "compose"))
    monkeypatch.setattr(compose, "engine_answers", lambda: answers)
    assert (type(kinds.of(RunDir(tmp_path))) is Stack) is not answers


def test_an_unknown_kind_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARLA_ENGINE", "podman")
    with pytest.raises(StackError, match="native or docker"):
        kinds.of(RunDir(tmp_path))


def says(monkeypatch: pytest.MonkeyPatch, script: str) -> compose.Compose:
    """Returns a project whose client is a script."""
    monkeypatch.setattr(compose, "client", lambda: ("bash", "-c", script, "compose"))
    monkeypatch.setattr(compose, "_has_buildkit", lambda: False)
    monkeypatch.setattr(compose, "TOLD_EACH_S", 0.1)
    return compose.Compose("project", Path("settings.env"), ["core"])


@pytest.mark.parametrize(
    ("lines", "step"),
    [
        ("Building nginx\nStep 2/9 : RUN npm ci", "nginx: Step 2/9 : RUN npm ci"),
        ("#12 [web 5/7] RUN npm ci", "#12 [web 5/7] RUN npm ci"),
    ],
)
def test_whoever_waits_for_an_image_is_told_what_is_made(
    monkeypatch: pytest.MonkeyPatch, lines: str, step: str, tmp_path: Path
) -> None:
    """It goes on until the line was told, however slow the machine is."""
    told: list[str] = []
    seen = tmp_path / "seen"

    def tell(line: str) -> None:
        told.append(line)
        seen.touch()

    script = f"echo '{lines}'; echo 'added 900 packages'; until [ -e {seen} ]; do sleep 0.05; done"
    says(monkeypatch, script).run("build", tell=tell)
    assert set(told) == {step}


def test_what_fails_is_shown_with_the_end_of_what_it_said(monkeypatch: pytest.MonkeyPatch) -> None:
    project = says(monkeypatch, "seq 1 9000; echo it has no disk >&2; exit 3")
    with pytest.raises(StackError, match=r"`compose build` failed:\n[\s\S]*9000\nit has no disk$") as failed:
        project.run("build")
    assert len(str(failed.value)) < 4000


def test_a_network_that_the_engine_holds_keeps_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    removed: list[str] = []

    def docker(*words: str) -> str:
        if words[:2] == ("network", "ls"):
            return "charla_back\ncharla_front\ncharla_out\n"
        assert words[:2] == ("network", "rm")
        if words[2] == "charla_back":
            message = "it has active endpoints"
            raise StackError(message)
        removed.append(words[2])
        return ""

    monkeypatch.setattr(compose, "docker", docker)
    assert compose.remove_networks("charla") == ["charla_back"]
    assert removed == ["charla_front", "charla_out"]


def test_plain_ports_are_those_of_this_machine() -> None:
    ports = {"redis": 7}
    assert (address(ports, "redis"), bind(ports, "redis"), outside(ports, "redis")) == ("127.0.0.1:7",) * 3


def test_places_tell_hosts_and_what_leads_to_them() -> None:
    found = Places({"redis": 7, "door": 8}, hosts={"door": "10.0.0.2"}, published={"door": 9})
    assert address(found, "redis") == "redis:7"
    assert address(found, "door") == "10.0.0.2:8"
    assert bind(found, "door") == "0.0.0.0:8"
    assert outside(found, "door") == "127.0.0.1:9"


def sidecar(*command: str) -> subprocess.Popen[str]:
    """Starts an instance by its sidecar; no registry is there."""
    around = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "SIDECAR_APP": "thing",
        "SIDECAR_PORT": "9",
        "SIDECAR_HEALTH_URL": "http://127.0.0.1:9/readyz",
        "EUREKA_URLS": "http://127.0.0.1:9/eureka/",
    }
    line = [sys.executable, "-m", "discovery.sidecar", *command]
    return subprocess.Popen(line, env=around, stdout=subprocess.PIPE, text=True)


def test_a_sidecar_lives_as_long_as_its_instance_and_ends_as_it_does() -> None:
    with sidecar("sh", "-c", "exit 7") as started:
        assert started.wait(60) == 7


def test_a_sidecar_passes_on_that_it_is_told_to_end() -> None:
    with sidecar("sh", "-c", 'trap "echo drained; exit 3" TERM; echo here; while :; do sleep 0.1; done') as started:
        assert started.stdout is not None
        assert started.stdout.readline() == "here\n"
        started.send_signal(signal.SIGTERM)
        assert started.stdout.readline() == "drained\n"
        assert started.wait(60) == 3


def test_health_is_asked_without_python() -> None:
    script = ROOT / "compose" / "healthy.sh"
    # Nobody listens on port 9 of this machine.
    assert subprocess.run(["bash", script, "9", "/readyz"], capture_output=True, check=False).returncode == 1


@pytest.mark.parametrize(
    ("found", "listed"),
    [
        ("exit 2", "server 127.0.0.1:9 down;\n"),
        (
            'echo "10.0.0.2 STREAM $2"; echo "10.0.0.2 DGRAM"; echo "10.0.0.3 STREAM"',
            "server 10.0.0.2:8001 max_fails=1 fail_timeout=2s;\nserver 10.0.0.3:8001 max_fails=1 fail_timeout=2s;\n",
        ),
    ],
    ids=["nobody yet", "two"],
)
def test_nginx_starts_with_whoever_has_a_name_already(tmp_path: Path, found: str, listed: str) -> None:
    (tmp_path / "upstreams").mkdir()
    names = tmp_path / "getent"
    names.write_text(f"#!/bin/sh\n{found}\n")
    names.chmod(0o755)
    around = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "CHARLA_NGINX_HOME": str(tmp_path)}
    subprocess.run(["bash", ROOT / "compose" / "nginx.sh", "upstreams"], env=around, check=True)
    assert (tmp_path / "upstreams" / "media-edge.conf").read_text() == listed


@pytest.fixture
def default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunDir:
    """A run directory of nobody's choice, of a clone where nothing was started."""
    monkeypatch.setattr(rundir, "ROOT", tmp_path)
    return RunDir(tmp_path / ".run")


@pytest.mark.parametrize("has", ["", "0123\n"])
def test_a_clone_leaves_containers_and_data_of_another_alone(
    default: RunDir, monkeypatch: pytest.MonkeyPatch, has: str
) -> None:
    monkeypatch.setattr(compose, "docker", lambda *words: has if words[0] == "volume" else "")
    assert (Containers(default).project == "charla") is not bool(has)


def test_a_projects_name_is_kept(default: RunDir, monkeypatch: pytest.MonkeyPatch) -> None:
    """From wherever it is asked, and whatever else is there by then."""
    monkeypatch.setattr(compose, "docker", lambda *_words: "")
    Containers(default).prepare()
    monkeypatch.setattr(rundir, "ROOT", ROOT)
    monkeypatch.setattr(compose, "docker", lambda *_words: "0123\n")
    assert Containers(default).project == "charla"


def test_a_second_registry_is_refused_where_no_other_would_know_of_it(
    default: RunDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CHARLA_DISCOVERY", raising=False)
    monkeypatch.setattr(compose, "docker", lambda *_words: "")
    stack = Containers(default)
    stack.scale = {"messaging": 3}
    assert "messaging=3" in stack._scales()
    stack.scale = {"discovery": 2}
    with pytest.raises(StackError, match="--scale discovery=1"):
        stack._scales()


def test_down_takes_profiles_that_nobody_names_any_more(default: RunDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHARLA_PROFILES", raising=False)
    monkeypatch.setattr(compose, "docker", lambda *_words: "")
    called: list[list[str]] = []
    stack = Containers(default, say=lambda _line: None)
    monkeypatch.setattr(compose, "client", lambda: ("compose",))
    monkeypatch.setattr(compose.Compose, "containers", lambda _self: {"auth": None} if not called else {})
    monkeypatch.setattr(compose.Compose, "run", lambda self, *words: called.append(self.command(*words)))
    stack.down()
    assert [word for word in called[0] if word in container_files.PROFILES] == ["core", "media", "observability"]
    assert called[0][-2:] == ["down", "--remove-orphans"]


def test_without_docker_somebody_is_told(default: RunDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(StackError, match="Docker is not installed"):
        _ = Containers(default).supervisor.is_up


def test_many_who_ask_at_the_same_time_look_once(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[None] = []
    project = compose.Compose("project", Path("settings.env"), [])
    monkeypatch.setattr(project, "containers", lambda: looks.append(None) or {})
    monkeypatch.setattr(engine, "_FRESH_S", 3600.0)
    found = engine.Engine(project)
    for _ in range(9):
        assert found.containers() == {}
    assert len(looks) == 1
    with pytest.raises(KeyError):
        found.container("auth")
    assert len(looks) == 2
