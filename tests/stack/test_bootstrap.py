"""The functions of the bash bootstrap, on machines that are made up."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from stack.rundir import ROOT

NOTHING_BUT_PYTHON = 'has() { [ "$1" = python3 ]; }; compgen() { false; }; '


def bootstrap(script: str) -> subprocess.CompletedProcess[str]:
    command = ["bash", "-c", f"source {ROOT}/charla; {script}"]
    around = {**os.environ, "CHARLA_ENGINE": "native"}
    return subprocess.run(command, env=around, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", ["python3", "python3.12"])
def test_a_python_without_venv_gets_the_package_of_its_own_name(name: str) -> None:
    done = bootstrap(f"{NOTHING_BUT_PYTHON} find_python() {{ echo /nowhere/{name}; }}; missing_packages")
    assert done.stdout.split()[0] == f"{name}-venv"


def test_a_machine_without_python_gets_it_with_venv() -> None:
    done = bootstrap("has() { false; }; compgen() { false; }; missing_packages")
    assert done.stdout.split()[:3] == ["python3", "python3-venv", "postgresql"]


@pytest.mark.parametrize("there", ["ffmpeg", "ffprobe"])
def test_films_need_both_programs_of_ffmpeg(there: str) -> None:
    done = bootstrap(f'has() {{ [ "$1" = {there} ]; }}; compgen() {{ false; }}; missing_packages')
    assert "ffmpeg" in done.stdout.split()
    done = bootstrap('has() { [ "$1" != nginx ]; }; find_python() { command -v python3; }; missing_packages')
    assert "ffmpeg" not in done.stdout.split()


@pytest.mark.parametrize(
    ("words", "wanted"), [("test tests/e2e", True), ("install test", True), ("up", False), ("", False)]
)
def test_only_tests_need_a_browser(words: str, wanted: bool) -> None:
    done = bootstrap(f"has() {{ false; }}; compgen() {{ false; }}; missing_packages {words}")
    assert ("chromium" in done.stdout.split()) is wanted
    assert ("fonts-noto-color-emoji" in done.stdout.split()) is wanted


@pytest.mark.parametrize(
    ("version", "is_new"),
    [("v18.20.4", False), ("v20.9.0", False), ("v20.19.0", True), ("v22.3.0", True), ("v24.1.0", True), ("", False)],
)
def test_an_old_node_is_not_used_for_the_client(version: str, is_new: bool) -> None:
    done = bootstrap(f"has() {{ true; }}; node() {{ echo {version}; }}; set +e; has_new_node; echo $?")
    assert done.stdout == f"{0 if is_new else 1}\n"


@pytest.mark.parametrize(
    ("word", "lock"),
    [
        ("up", "run"),
        ("", "run"),
        ("status", "run"),
        ("test", "all"),
        ("bench", "all"),
        ("drill", "all"),
        ("audit", "all"),
    ],
)
def test_only_who_checks_gets_the_packages_of_developers(tmp_path: Path, word: str, lock: str) -> None:
    assert bootstrap(f"venv={tmp_path}; chosen_lock {word}").stdout == f"{ROOT}/locks/{lock}.txt\n"


def test_packages_of_developers_stay_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pytest").touch()
    assert bootstrap(f"venv={tmp_path}; chosen_lock up").stdout == f"{ROOT}/locks/all.txt\n"


def test_what_runs_is_locked_without_what_checks_it() -> None:
    def named(*groups: str) -> set[str]:
        texts = [(ROOT / "locks" / f"{each}.txt").read_text() for each in groups]
        return {line.split()[0] for text in texts for line in text.splitlines() if re.match(r"[\w.-]+==", line)}

    groups = {each.stem for each in (ROOT / "locks").glob("*.txt")} - {"all", "run"}
    assert named("run") == named(*groups - {"dev", "node", "media-video"})
    assert named("all") == named("run", "dev")
    tools = {each.partition("==")[0] for each in named("all") - named("run")}
    assert {"pytest", "mypy", "ruff", "playwright", "moto", "hypothesis", "schemathesis"} <= tools


def test_who_may_not_install_is_told_the_very_command() -> None:
    done = bootstrap('id() { echo 1000; }; has() { [ "$1" = apt-get ]; }; install_packages redis-server nginx')
    assert done.returncode == 1
    assert "apt-get update && apt-get install -y --no-install-recommends redis-server nginx\n" in done.stderr
    assert "./charla install" in done.stderr


def test_what_an_installation_writes_is_not_for_root_alone() -> None:
    done = bootstrap("umask 077; as_root bash -c umask")
    assert done.stdout == "0022\n"


def test_a_failed_installation_tells_why_and_leaves_no_guard_behind() -> None:
    script = """
        id() { echo 0; }; has() { true; }; set +e
        guard=$(mktemp -u); forbid_services() { made_guard=1; touch $guard; echo $guard; }
        apt-get() { echo no network; false; }
        (install_packages nginx); echo $?; ls $guard
    """
    done = bootstrap(script)
    assert done.stdout.split()[1:] == ["1"]
    assert "no network" in done.stderr
    assert "the installation failed" in done.stderr


def test_a_virtual_environment_of_another_folder_does_not_work(tmp_path: Path) -> None:
    assert bootstrap("works").returncode == 0
    assert bootstrap(f"ln -s $venv {tmp_path}/venv; venv={tmp_path}/venv; works").returncode != 0
