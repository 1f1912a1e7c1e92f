from pathlib import Path

import pytest

from stack import environment
from stack.credentials import Passwords
from stack.rundir import ROOT, RunDir
from stack.topology import PORTS, PROGRAMS, Program, program, written


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    run, values = RunDir(tmp_path), {"A": "it's", "B": "two words", "C": "", "D": "x=y$z"}
    environment.write(run, "thing", values)
    assert environment.read(run.env_file("thing")) == values
    assert run.env_file("thing").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("program", [each for each in PROGRAMS if not each.alone], ids=lambda each: each.name)
def test_a_process_signs_in_as_its_own_service(tmp_path: Path, program: Program) -> None:
    found = environment.of_program(RunDir(tmp_path), PORTS, program)
    assert found["AMQP_URI"].startswith(f"amqp://{program.service}:")
    assert found["REDIS_URL"].startswith(f"redis://{program.service}:")
    assert ("DATABASE_URL" in found) == (program.service != "gateway")


def test_the_sandbox_signs_in_nowhere(tmp_path: Path) -> None:
    found = environment.of_program(RunDir(tmp_path), PORTS, program("payments-sandbox"))
    assert not {"DATABASE_URL", "AMQP_URI", "REDIS_URL", "TOKEN_SECRET", "STRIPE_SECRET_KEY"} & set(found)


def test_payments_finds_the_sandbox_with_its_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STRIPE_SECRET_KEY", raising=False)
    service, sandbox = (
        environment.of_program(RunDir(tmp_path), PORTS, program(name)) for name in ("payments", "payments-sandbox")
    )
    assert service["STRIPE_SECRET_KEY"] == sandbox["SANDBOX_KEY"]
    assert service["STRIPE_WEBHOOK_SECRET"] == sandbox["SANDBOX_WEBHOOK_SECRET"]
    assert service["STRIPE_API_BASE"] == f"http://{sandbox['SANDBOX_BIND']}"


def test_a_real_key_takes_the_sandboxs_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STRIPE_API_BASE", raising=False)
    monkeypatch.setenv("STRIPE_SECRET_KEY", "sk_test_ours")
    monkeypatch.setenv("STRIPE_WEBHOOK_SECRET", "whsec_ours")
    found = environment.of_program(RunDir(tmp_path), PORTS, program("payments"))
    assert (found["STRIPE_SECRET_KEY"], found["STRIPE_WEBHOOK_SECRET"]) == ("sk_test_ours", "whsec_ours")
    assert "STRIPE_API_BASE" not in found
    assert "payments-sandbox" not in {each.name for each in written(ROOT)}


@pytest.mark.parametrize("each", PROGRAMS, ids=lambda each: each.name)
def test_no_process_gets_the_password_of_a_tables_owner(tmp_path: Path, each: Program) -> None:
    found = environment.of_program(RunDir(tmp_path), PORTS, each)
    password = Passwords(RunDir(tmp_path)).get("postgres-payments_owner")
    assert password not in " ".join(found.values())


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
