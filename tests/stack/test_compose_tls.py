"""TLS in containers: decided as in the native stack, and told to an Nginx that finds its files elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from stack import compose, container_files, tls, topology
from stack.containers import Containers
from stack.errors import StackError
from stack.rundir import RunDir

_SETTINGS = ("CHARLA_TLS", "CHARLA_TLS_CERT", "CHARLA_TLS_KEY", "PUBLIC_URL", "MEDIA_URL", "CHARLA_TAG")


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Containers:
    """A new one that is asked for TLS, where no engine has a container or an image of it."""
    for name in _SETTINGS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CHARLA_TLS", "on")
    monkeypatch.setattr(compose, "docker", lambda *_words: "")
    monkeypatch.setattr(compose, "docker_says_all", lambda *_words: "nginx version: nginx/1.27.5")
    return Containers(RunDir(tmp_path), say=lambda _line: None)


def nginx(stack: Containers) -> str:
    return (stack.run.path / "compose" / "nginx" / "nginx.conf").read_text()


def test_the_doors_speak_tls_with_files_that_are_mounted(stack: Containers) -> None:
    stack.prepare()
    assert stack.url.startswith("https://127.0.0.1:")
    assert stack.address.startswith("https://localhost:")
    assert f'ssl_certificate "{container_files.SETTINGS}/server.pem";' in nginx(stack)
    assert f'ssl_certificate_key "{container_files.SETTINGS}/server.key";' in nginx(stack)
    assert str(stack.run.path) not in nginx(stack)
    made = tls.files(stack.run)
    assert made is not None
    for source, name in zip(made, tls.INSIDE, strict=True):
        copied = stack.run.path / "compose" / "nginx" / name
        assert copied.read_text() == source.read_text()
        assert copied.stat().st_mode & 0o077 == 0


def test_its_own_nginx_says_how_http2_is_written(stack: Containers, monkeypatch: pytest.MonkeyPatch) -> None:
    stack.prepare()
    assert "http2 on;" in nginx(stack)
    monkeypatch.setattr(compose, "docker_says_all", lambda *_words: "nginx version: nginx/1.22.1")
    stack.prepare()
    assert "http2 on;" not in nginx(stack)
    assert " ssl http2 " in nginx(stack)


def test_another_certificate_makes_the_container_anew_and_without_tls_none_is_left(
    stack: Containers, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.prepare()
    before = settings(stack)
    stack.prepare()
    assert settings(stack) == before
    made = tls.files(stack.run)
    assert made is not None
    made[0].unlink()
    stack.prepare()
    assert settings(stack)["CHARLA_DOOR"] != before["CHARLA_DOOR"]
    monkeypatch.setenv("CHARLA_TLS", "off")
    stack.prepare()
    assert "ssl_certificate " not in nginx(stack)
    assert not [name for name in tls.INSIDE if (stack.run.path / "compose" / "nginx" / name).exists()]


def settings(stack: Containers) -> dict[str, str]:
    lines = (stack.run.path / "compose" / "settings.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def test_what_cannot_be_done_is_refused_before_anything_is_built(
    stack: Containers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_URL", "http://chat.example.org")
    monkeypatch.setattr(compose.Compose, "run", lambda *_words: pytest.fail("it was built"))
    with pytest.raises(StackError, match="PUBLIC_URL begins with http:"):
        stack.build()


def test_without_the_option_no_nginx_is_asked(stack: Containers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHARLA_TLS")
    monkeypatch.setattr(compose, "docker_says_all", lambda *_words: pytest.fail("it was asked"))
    stack.prepare()
    assert set(topology.PORTS) <= set(stack.ports)
    assert stack.url.startswith("http://127.0.0.1:")
