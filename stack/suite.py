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

from stack import environment, kinds, web
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
# Tests with this mark break what all others stand on.
_BREAKING = "faults"
# A whole run is busy with itself: what fails is tried once more, and named as a RERUN (docs/adr/0041).
_TRIED_TWICE = ("--reruns", "1", "--max-suite-reruns", "5", "--rerun-show-tracebacks")
_SLOWEST_TOLD = ("--durations=25", "--durations-min=5")
_NO_TESTS = 5
_COUNTED = ("tests", "failures", "errors", "skipped")
_MOST_STACKS = 9


def run(words: Sequence[str]) -> int:
    """Runs checks (when no words are given) and tests; returns the exit code.

    Args:
        words: arguments for pytest; folders and files choose what is run.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    os.environ["CHARLA_ENGINE"] = kinds.NATIVE  # tests break, signal and look into processes of this machine
    failed = [] if words else [*_checks_that_failed(), *_web_checks_that_failed()]
    with fresh_stack(_folder()) as stack, tempfile.TemporaryDirectory() as folder:
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


def _folder() -> Path:
    """Returns where tests have their stack."""
    return RunDir.current().path if os.environ.get("CHARLA_RUN_DIR") else ROOT / ".run" / "test"


@contextmanager
def fresh_stack(folder: Path) -> Iterator[Stack]:
    """Gives a fresh stack, and takes it down whatever happens.

    Args:
        folder: its run directory, which is emptied; one beside it where another run is using that.
    """
    with _own_folder(folder) as run:
        # A test run that was killed may have left its stack, or its data.
        Stack(run, say=lambda _line: None).down()
        _empty(run)
        stack = Stack(run)
        kinds.keep(stack)
        try:
            stack.up()
            yield stack
        finally:
            stack.down()


@contextmanager
def _own_folder(first: Path) -> Iterator[RunDir]:
    """Gives a run directory that no other test run is using."""
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
    """Runs pytest with eventlet's patches and, at the same time, without; then the tests that break the stack.

    Most of the time tests wait for a disk or a clock, so two at once take little more than the longer one. Who names
    folders of one kind alone sees their dots.
    """
    places, options = _sorted_out(words)
    options += () if words else (*_TRIED_TWICE, *_SLOWEST_TOLD)
    inside = [each for each in places if each.startswith(_INSIDE)]
    outside = [each for each in places if not each.startswith(_INSIDE)]
    around = dict(os.environ) | environment.basic()
    around |= {"CHARLA_RUN_DIR": str(stack.run.path), "CHARLA_URL": stack.url}
    results = []
    for number, marked in enumerate(_rounds(options)):
        within = _command(inside, marked, folder / f"inside-{number}.xml")
        without = _command(outside, marked, folder / f"outside-{number}.xml")
        if within and without and number == 0:
            results += _both(without, within, around, folder / "words")
        else:
            results += [_run(within, around), _run(without, around)]
    counts = dict.fromkeys((*_COUNTED, "reruns"), 0)
    for report in folder.glob("*.xml"):
        _add(counts, report)
    return max((abs(each) for each in results if each != _NO_TESTS), default=0) or int(counts["tests"] == 0), counts


def _rounds(options: list[str]) -> list[list[str]]:
    """Returns the options of each round; who chooses by marks gets a single one."""
    if "-m" in options:
        return [options]
    return [["-m", f"not {_BREAKING}", *options], ["-m", _BREAKING, *options]]


def _command(places: list[str], options: list[str], report: Path) -> list[str]:
    """Returns what runs these places, which are all of one kind; nothing where there is none."""
    if not places:
        return []
    return [*runner(places[0]), *options, f"--junitxml={report}", *places]


def runner(place: str) -> list[str]:
    """Returns the program that runs tests of that kind, with its first words."""
    return [str(BIN / "nameko"), "test"] if place.startswith(_INSIDE) else [str(BIN / "pytest")]


def _run(command: list[str], around: dict[str, str]) -> int:
    return subprocess.run(command, cwd=ROOT, env=around, check=False).returncode if command else 0  # noqa: S603


def _both(first: list[str], behind: list[str], around: dict[str, str], words: Path) -> list[int]:
    with _Quietly(behind, around, words) as quietly:
        return [_run(first, around), quietly.end()]


class _Quietly:
    """A command that runs in the background, and whose words are shown when it has ended.

    Args:
        command: the program and its arguments.
        around: its environment.
        words: the file for what it says meanwhile.
    """

    def __init__(self, command: list[str], around: dict[str, str], words: Path) -> None:
        self._words = words
        with words.open("wb") as out:
            self._process = subprocess.Popen(  # noqa: S603
                command, cwd=ROOT, env=around, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL
            )

    def __enter__(self) -> _Quietly:
        return self

    def end(self) -> int:
        """Waits for its end, shows what it said, and returns its exit code."""
        code = self._process.wait()
        say(self._words.read_text(errors="replace"))
        return code

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait()


def _sorted_out(words: list[str]) -> tuple[list[str], list[str]]:
    """Returns the places that the words name (all test folders if none) and the rest."""
    places = [word for word in words if Path(ROOT, word.partition("::")[0]).exists()]
    places = [os.path.relpath(Path(ROOT, each), ROOT) for each in places]
    options = [word for word in words if not Path(ROOT, word.partition("::")[0]).exists()]
    if not places or "tests" in places:
        folders = (each for each in (ROOT / "tests").iterdir() if any(each.rglob("test_*.py")))
        places = sorted(f"tests/{each.name}" for each in folders)
    return places, options


def _add(counts: dict[str, int], report: Path) -> None:
    if report.exists():
        for part in ElementTree.parse(report).getroot().iter("testsuite"):  # noqa: S314
            for name in _COUNTED:
                counts[name] += int(part.get(name, 0))
            each = [(case.get("classname"), case.get("name")) for case in part.iter("testcase")]
            counts["reruns"] += len(each) - len(set(each))  # what was tried twice has two cases


def _closing_line(counts: dict[str, int], checks: int) -> str:
    failed = counts["failures"] + counts["errors"]
    passed = max(counts["tests"] - failed - counts["skipped"], 0)
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    reruns = f", {counts['reruns']} rerun" if counts["reruns"] else ""
    return f"{passed} passed, {failed + checks} failed{skipped}{reruns}"
