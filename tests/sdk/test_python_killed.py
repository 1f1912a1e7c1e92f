"""A program that dies between its outbox and the server's answer has sent exactly once when it is back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from people import PATIENCE_S, Account, wait_until
from tcp_proxy import TcpProxy

HOME = Path(__file__).resolve().parent
SOURCES = HOME.parents[1] / "sdk" / "python" / "src"


@contextmanager
def _program(url: str, store: Path, account: Account, *more: str) -> Iterator[subprocess.Popen[str]]:
    """Starts the program, and returns once it waits for a line."""
    command = [sys.executable, str(HOME / "sending_program.py"), url, str(store), json.dumps(account.signed_in), *more]
    around = dict(os.environ) | {"PYTHONPATH": str(SOURCES)}
    with subprocess.Popen(command, env=around, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert _line(program) == "ready"
        yield program


def _line(program: subprocess.Popen[str]) -> str:
    assert program.stdout is not None
    return program.stdout.readline().strip()


def _go_on(program: subprocess.Popen[str]) -> None:
    assert program.stdin is not None
    program.stdin.write("\n")
    program.stdin.flush()
    assert _line(program) == "stored"


def test_a_program_killed_before_the_answer_sends_once(
    proxy: TcpProxy, stack: str, ana: Account, ben: Account, group: str, tmp_path: Path
) -> None:
    """The server has stored the message, and the program dies without knowing so."""
    store = tmp_path / "outbox.db"
    with _program(proxy.url, store, ana, group, "once") as program:
        proxy.state = "deaf"
        _go_on(program)
        wait_until(lambda: ben.texts(group) == ["once"], "the server has stored the message")
        program.kill()
    with _program(stack, store, ana, group, "and another") as program:
        _go_on(program)
        assert program.wait(PATIENCE_S) == 0
    assert ben.texts(group) == ["once", "and another"]


def test_a_program_killed_before_it_could_send_sends_once(
    proxy: TcpProxy, stack: str, ana: Account, ben: Account, group: str, tmp_path: Path
) -> None:
    """The message is in the outbox alone."""
    store = tmp_path / "outbox.db"
    with _program(proxy.url, store, ana, group, "later") as program:
        proxy.cut()
        _go_on(program)
        program.kill()
    assert ben.texts(group) == []
    with _program(stack, store, ana, group) as program:
        _go_on(program)
        assert program.wait(PATIENCE_S) == 0
    assert ben.texts(group) == ["later"]
