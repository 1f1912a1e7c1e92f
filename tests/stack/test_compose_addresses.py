"""Docker tells Nginx of this machine by another address, and of everybody else by their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from stack import container_files, topology
from stack.rundir import RunDir

_SETTINGS = ("CHARLA_HTTP_BIND", "CHARLA_TRUSTED_PROXIES", "CHARLA_UNCOUNTED_ADDRESSES", "CHARLA_TLS", "PUBLIC_URL")
_HERE, _EVERYBODY_IS_HERE = "~. 127.0.0.1;", "0.0.0.0/1 0; 128.0.0.0/1 0; ::/1 0; 8000::/1 0;"


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in _SETTINGS:
        monkeypatch.delenv(name, raising=False)


def settings(folder: Path) -> str:
    run = RunDir(folder)
    container_files.write(run, topology.PORTS)
    return (run.path / "compose" / "nginx" / "nginx.conf").read_text()


def test_where_nobody_else_gets_in_everybody_is_this_machine(tmp_path: Path) -> None:
    said = settings(tmp_path)
    assert _HERE in said
    assert _EVERYBODY_IS_HERE in said


@pytest.mark.parametrize("address", ["0.0.0.0", "192.0.2.7", "[::]", "chat.example.org"])  # noqa: S104
def test_where_others_get_in_each_has_its_own_address_and_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("CHARLA_HTTP_BIND", address)
    said = settings(tmp_path)
    assert _HERE not in said
    assert _EVERYBODY_IS_HERE not in said


def test_a_proxy_of_this_machine_is_believed_who_has_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARLA_TRUSTED_PROXIES", "127.0.0.1")
    said = settings(tmp_path)
    assert "set_real_ip_from 0.0.0.0/1; set_real_ip_from 128.0.0.0/1;" in said
    assert _HERE not in said
    assert _EVERYBODY_IS_HERE not in said


def test_a_proxy_elsewhere_is_believed_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARLA_TRUSTED_PROXIES", "10.0.0.0/8")
    said = settings(tmp_path)
    assert "set_real_ip_from 10.0.0.0/8;" in said
    assert "set_real_ip_from 0.0.0.0/1; set_real_ip_from 128.0.0.0/1;" not in said
    assert _HERE not in said


def test_who_is_not_counted_may_be_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARLA_UNCOUNTED_ADDRESSES", "192.0.2.0/24")
    said = settings(tmp_path)
    assert "192.0.2.0/24 0;" in said
    assert _EVERYBODY_IS_HERE not in said
