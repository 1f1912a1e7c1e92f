"""The TypeScript SDK: true to the gateway, and its own tests pass on this stack."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack import web

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "sdk" / "typescript"


@pytest.fixture(scope="module")
def built() -> Iterator[Path]:
    """The package with what it needs, built; its folder is everybody's, so one test run at a time has it."""
    with (ROOT / ".run" / "sdk.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        web.install(lambda _line: None, HOME)
        web.npm("run", "build", home=HOME)
        yield HOME


def test_the_typescript_sdk_is_true_to_the_gateway() -> None:
    """That the client's schema is the gateway's is for tests/stack/test_web.py; sdk/generate writes this one."""
    ours, clients = HOME / "src" / "schema.d.ts", ROOT / "web" / "src" / "app" / "api" / "schema.ts"
    assert ours.read_bytes() == clients.read_bytes(), f"{ours} is stale: run sdk/generate"


# Installing and building it takes seconds of a processor, and minutes of one that a whole test run is busy on.
@pytest.mark.timeout(400)
def test_the_typescript_sdk_passes_its_own_tests_on_this_stack(built: Path, stack: str) -> None:
    command = ["node", "--test", "--test-reporter=tap", *map(str, sorted(built.glob("tests/*.test.mjs")))]
    around = dict(os.environ) | {"CHARLA_URL": stack}
    done = subprocess.run(command, cwd=built, env=around, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    counts = {name: int(number) for name, number in re.findall(r"^# (pass|skipped) (\d+)$", done.stdout, re.MULTILINE)}
    assert counts["pass"] > 0
    assert counts["skipped"] == 0


def test_its_lock_file_names_no_download_address() -> None:
    lock = (HOME / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert "registry." not in lock
