import subprocess
from pathlib import Path

import pytest

from stack import nginx
from stack.errors import StackError
from stack.rundir import ROOT, RunDir

PORTS = {"http": 28999, "gateway": 28998, "media-http": 28997, "media-edge": 28996}


def test_the_settings_are_valid(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    nginx.prepare(run, PORTS)
    checked = subprocess.run([*nginx.command(run), "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "warn" not in checked.stderr


def test_everything_that_is_written_lies_in_the_run_directory(tmp_path: Path) -> None:
    run = RunDir(tmp_path)
    nginx.prepare(run, PORTS)
    lines = (tmp_path / "nginx" / "nginx.conf").read_text().splitlines()
    paths = [line.split()[1] for line in lines if line.strip().startswith(("pid ", "client_body_temp", "proxy_temp_p"))]
    assert len(paths) == 3
    assert all(str(tmp_path) in path for path in paths)


@pytest.mark.parametrize(
    ("url", "below", "told"),
    [
        ("https://chat.example.org", "off", '"max-age=31536000"'),
        ("https://chat.example.org", "on", '"max-age=31536000; includeSubDomains"'),
        ("https://localhost", "on", ""),
        ("http://chat.example.org", "on", ""),
    ],
)
def test_names_below_its_own_keep_to_https_where_somebody_said_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, below: str, told: str
) -> None:
    monkeypatch.setenv("PUBLIC_URL", url)
    monkeypatch.setenv("HSTS_SUBDOMAINS", below)
    said = nginx.values(RunDir(tmp_path), PORTS)["HSTS"]
    assert said == (f"add_header Strict-Transport-Security {told} always;" if told else "")


def test_a_switch_is_on_or_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HSTS_SUBDOMAINS", "yes")
    with pytest.raises(StackError, match="HSTS_SUBDOMAINS is on or off"):
        nginx.values(RunDir(tmp_path), PORTS)


def test_an_unknown_place_is_not_left_in_silence() -> None:
    with pytest.raises(KeyError):
        nginx.fill("listen ${CHARLA_NOWHERE};", {})


def test_nginx_own_variables_are_left_alone() -> None:
    assert nginx.fill("set $host ${CHARLA_A};", {"A": "1"}) == "set $host 1;"


def test_the_template_names_no_fixed_port() -> None:
    template = (ROOT / "nginx.conf").read_text()
    assert "8080" not in template
    assert "8081" not in template
