from pathlib import Path

import pytest

from stack import environment
from stack.rundir import RunDir
from stack.topology import PORTS, PROGRAMS, Program


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    run, values = RunDir(tmp_path), {"A": "it's", "B": "two words", "C": "", "D": "x=y$z"}
    environment.write(run, "thing", values)
    assert environment.read(run.env_file("thing")) == values
    assert run.env_file("thing").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda each: each.name)
def test_a_process_signs_in_as_its_own_service(tmp_path: Path, program: Program) -> None:
    found = environment.of_program(RunDir(tmp_path), PORTS, program)
    assert found["AMQP_URI"].startswith(f"amqp://{program.service}:")
    assert found["REDIS_URL"].startswith(f"redis://{program.service}:")
    assert ("DATABASE_URL" in found) == (program.service != "gateway")


def test_the_callers_own_secrets_do_not_reach_a_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOMEBODYS_TOKEN", "x")
    assert "SOMEBODYS_TOKEN" not in environment.of_program(RunDir(tmp_path), PORTS, PROGRAMS[0])


def test_a_setting_from_outside_reaches_the_process_that_it_is_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMTP_PORT", "2626")
    monkeypatch.setenv("OIDC_PROVIDERS", '[{"id": "school"}]')
    found = {each.name: environment.of_program(RunDir(tmp_path), PORTS, each) for each in PROGRAMS}
    assert found["auth"]["SMTP_PORT"] == "2626"
    assert "SMTP_PORT" not in found["messaging"]
    assert found["auth"]["OIDC_PROVIDERS"] == '[{"id": "school"}]'
    assert "OIDC_PROVIDERS" not in found["gateway"]
