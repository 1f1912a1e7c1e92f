"""Runs all checks and all tests on a stack of their own."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from xml.etree import ElementTree

from stack import environment, web
from stack.errors import StackError
from stack.lifecycle import Stack, say
from stack.rundir import BIN, ROOT, RunDir

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

_CHECKS = (
    ("ruff", ("ruff", "check", ".")),
    ("format", ("ruff", "format", "--check", ".")),
    ("types", ("mypy",)),
    ("imports", ("lint-imports",)),
)
_WEB_CHECKS = (
    ("web lint", lambda: web.npm("run", "lint")),
    ("web tests", lambda: web.npm("run", "test")),
    ("web build", lambda: web.build_if_stale(say)),
)
# These hold Nameko containers, and so run with eventlet's patches in place; the
# rest speaks with the stack from outside, as clients do, and runs without.
_INSIDE = ("tests/plumbing", "tests/svc_")
# Run only when they are named: some do not hold yet (README, "What is not there yet").
_BY_NAME = ("tests/web",)
_NO_TESTS = 5
_MOST_STACKS = 9


def run(words: Sequence[str]) -> int:
    """Runs checks (when no words are given) and tests; returns the exit code.

    Args:
        words: arguments for pytest; folders and files choose what is run.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    failed = [] if words else [*_checks_that_failed(), *_web_checks_that_failed()]
    with _stack() as stack, tempfile.TemporaryDirectory() as folder:
        result, counts = _tests(stack, list(words), Path(folder))
    if failed:
        say(f"checks that failed: {', '.join(failed)}")
    say(_closing_line(counts, len(failed)))
    return result or int(bool(failed))


def _checks_that_failed() -> list[str]:
    return [name for name, command in _CHECKS if not _check(name, command)]


def _web_checks_that_failed() -> list[str]:
    """Checks the client as `web/package.json` says; it is built where its sources changed."""
    try:
        web.install(say)
    except StackError as failure:
        say(f"web: FAILED\n{failure}")
        return ["web"]
    return [name for name, check in _WEB_CHECKS if not _web_check(name, check)]


def _web_check(name: str, check: Callable[[], None]) -> bool:
    try:
        check()
    except StackError as failure:
        say(f"{name}: FAILED\n{failure}")
        return False
    say(f"{name}: ok")
    return True


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _check(name: str, command: tuple[str, ...]) -> bool:
    done = subprocess.run(  # noqa: S603
        [str(BIN / command[0]), *command[1:]],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    say(f"{name}: {'ok' if done.returncode == 0 else 'FAILED'}")
    if done.returncode:
        say(done.stdout.strip())
    return done.returncode == 0


@contextmanager
def _stack() -> Iterator[Stack]:
    """Gives a fresh stack, and takes it down whatever happens."""
    with _own_folder() as run:
        # A test run that was killed may have left its stack, or its data.
        Stack(run, say=lambda _line: None).down()
        _empty(run)
        stack = Stack(run)
        try:
            stack.up()
            yield stack
        finally:
            stack.down()


@contextmanager
def _own_folder() -> Iterator[RunDir]:
    """Gives a run directory that no other test run is using."""
    wanted = os.environ.get("CHARLA_RUN_DIR")
    first = RunDir.current().path if wanted else ROOT / ".run" / "test"
    for number in range(1, _MOST_STACKS):
        run = RunDir(first if number == 1 else first.with_name(f"{first.name}-{number}"))
        with (run.folder() / "test.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield run
            return
    message = "too many test runs at the same time"
    raise StackError(message)


def _empty(run: RunDir) -> None:
    for entry in run.path.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name not in ("test.lock", "lock"):
            entry.unlink()


def _tests(stack: Stack, words: list[str], folder: Path) -> tuple[int, dict[str, int]]:
    """Runs pytest once with and once without eventlet's patches."""
    places, options = _sorted_out(words)
    inside = [each for each in places if each.startswith(_INSIDE)]
    outside = [each for each in places if not each.startswith(_INSIDE)]
    counts, results = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0), []
    for tool, chosen in ((("nameko", "test"), inside), (("pytest",), outside)):
        if not chosen:
            continue
        report = folder / f"{tool[0]}.xml"
        command = [str(BIN / tool[0]), *tool[1:], *options, f"--junitxml={report}", *chosen]
        around = dict(os.environ) | environment.basic()
        around |= {"CHARLA_RUN_DIR": str(stack.run.path), "CHARLA_URL": stack.url}
        done = subprocess.run(command, cwd=ROOT, env=around, check=False)  # noqa: S603
        results.append(0 if done.returncode == _NO_TESTS else done.returncode)
        _add(counts, report)
    return max((abs(each) for each in results), default=0) or int(counts["tests"] == 0), counts


def _sorted_out(words: list[str]) -> tuple[list[str], list[str]]:
    """Returns the places that the words name (all test folders if none) and the rest."""
    places = [word for word in words if Path(ROOT, word.partition("::")[0]).exists()]
    places = [os.path.relpath(Path(ROOT, each), ROOT) for each in places]
    options = [word for word in words if not Path(ROOT, word.partition("::")[0]).exists()]
    if not places or "tests" in places:
        folders = (each for each in (ROOT / "tests").iterdir() if any(each.rglob("test_*.py")))
        places = sorted({f"tests/{each.name}" for each in folders}.difference(_BY_NAME))
    return places, options


def _add(counts: dict[str, int], report: Path) -> None:
    if report.exists():
        for part in ElementTree.parse(report).getroot().iter("testsuite"):  # noqa: S314
            for name in counts:
                counts[name] += int(part.get(name, 0))


def _closing_line(counts: dict[str, int], checks: int) -> str:
    failed = counts["failures"] + counts["errors"]
    passed = max(counts["tests"] - failed - counts["skipped"], 0)
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    return f"{passed} passed, {failed + checks} failed{skipped}"
