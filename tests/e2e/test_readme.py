"""The commands that the README shows, run as they stand."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)

pytestmark = pytest.mark.stack


def steps() -> str:
    """The blocks from the one that says where the API is to the one that searches."""
    blocks = _BLOCK.findall((ROOT / "README.md").read_text())
    first = next(number for number, block in enumerate(blocks) if block.startswith("API="))
    last = next(number for number, block in enumerate(blocks) if "/search?" in block)
    return "\n".join(blocks[first : last + 1])


def test_two_people_step_by_step() -> None:
    if "CHARLA_URL" not in os.environ:
        pytest.skip("CHARLA_URL names no running Charla")
    mark = secrets.token_hex(4)
    script = steps().replace("http://127.0.0.1:8080", os.environ["CHARLA_URL"])
    script = script.replace('"username": "ana"', f'"username": "ana_{mark}"')
    script = script.replace('"username": "ben"', f'"username": "ben_{mark}"')
    done = subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # curl ends no line, so the frame may stand right behind what curl wrote.
    on_the_socket = re.findall(r'\{"t":"event",[^{}]*"type":"([^"]*)"', done.stdout)
    assert on_the_socket == ["message.created"], done.stdout + done.stderr
    # The socket, the answer to the send, the history and the search all show it.
    assert done.stdout.count('"text":"Hola, Ben"') == 4
