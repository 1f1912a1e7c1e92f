"""Running tests of a copy of the tree, against the servers of the running stack."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from stack import environment
from stack.suite import runner

#: A proof takes seconds; one that takes so long hangs.
PATIENCE_S = 300
_SOME_FAILED = 1


@dataclass(frozen=True)
class Outcome:
    """What came of a run of tests.

    Attributes:
        passed: All of them did.
        failed: The names of those that did not.
        seconds: How long it took.
        words: What pytest said at the end, for where it came to neither.
    """

    passed: bool
    failed: tuple[str, ...]
    seconds: float
    words: str


def prove(tree: Path, tests: Sequence[str]) -> Outcome:
    """Run tests of one kind, and stop at the first that fails; a test that cannot even begin has not failed."""
    began = time.monotonic()
    with tempfile.NamedTemporaryFile(suffix=".xml") as report:
        command = [*runner(tests[0]), "-x", "-q", "-p", "no:cacheprovider", f"--junitxml={report.name}", *tests]
        code, words = _run(command, tree)
        failed = tuple(_failures(Path(report.name))) if code == _SOME_FAILED else ()
    return Outcome(code == 0, failed, time.monotonic() - began, words[-2_000:])


def _run(command: list[str], tree: Path) -> tuple[int, str]:
    around = dict(os.environ) | environment.basic() | {"PYTHONPATH": str(tree)}
    try:
        done = subprocess.run(  # noqa: S603 - our own program and tests
            command, cwd=tree, env=around, capture_output=True, text=True, check=False, timeout=PATIENCE_S
        )
    except subprocess.TimeoutExpired:
        return -1, f"it did not end within {PATIENCE_S} s"
    return done.returncode, done.stdout + done.stderr


def _failures(report: Path) -> Iterator[str]:
    for case in ElementTree.parse(report).getroot().iter("testcase"):  # noqa: S314 - pytest has just written it
        if case.find("failure") is not None:
            yield case.get("name", "")
