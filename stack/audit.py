"""Asks what is known against the packages of the lock files, by pip-audit, npm and a plugin of Maven.

They ask advisory services, which this machine may not reach. Silence is never taken for innocence: what was not asked
is named, and the exit code says so. Nothing here names a service; each client asks whom it is set up to ask.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stack import components
from stack.discovery import HOME as REGISTRY
from stack.errors import StackError
from stack.rundir import BIN, ROOT
from stack.web import HOME as WEB

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

#: Exit codes. What could not be asked outweighs what was found: nobody knows how much more there is.
CLEAN, FOUND, NOT_ASKED = 0, 1, 2
_NAMES_SHOWN = 5
_MAVEN_PLUGIN = "org.owasp:dependency-check-maven:12.1.9:check"
# Without its own copy of the advisories the plugin first fetches all there are.
_MOST_S = {"python": 600, "npm": 300, "maven": 3600}


@dataclass(slots=True)
class Answer:
    """What became of asking.

    Attributes:
        found: What is known against which package, a line each.
        unasked: Why something could not be asked, a line each.
        asked: How many packages an answer came for.
    """

    found: list[str] = field(default_factory=list)
    unasked: list[str] = field(default_factory=list)
    asked: int = 0


def run(names: Sequence[str]) -> int:
    """Asks about the packages of these kinds (all, where none is named); returns the exit code.

    Raises:
        StackError: there is no such kind.
    """
    unknown = [name for name in names if name not in KINDS]
    if unknown:
        message = f"there are packages of {', '.join(KINDS)}, and none of {unknown[0]}"
        raise StackError(message)
    answers = {name: _ask(name) for name in names or KINDS}
    for name, answer in answers.items():
        _show(name, answer)
    if any(each.unasked for each in answers.values()):
        unasked = ", ".join(name for name, each in answers.items() if each.unasked)
        print(f"The audit is not complete. Nobody could be asked about all of: {unasked}.")
        return NOT_ASKED
    return FOUND if any(each.found for each in answers.values()) else CLEAN


def _show(name: str, answer: Answer) -> None:
    if answer.asked:
        print(f"{name}: answers for {answer.asked} packages, and {len(answer.found)} findings")
    else:
        print(f"{name}: NOBODY COULD BE ASKED")
    for line in answer.found:
        print(f"  {line}")
    for line in answer.unasked:
        print(f"  NOT ASKED: {line}")


def _ask(name: str) -> Answer:
    try:
        return KINDS[name]()
    except FileNotFoundError as error:
        return Answer(unasked=[f"{error.filename} is not installed"])
    except subprocess.TimeoutExpired as error:
        return Answer(unasked=[f"{error.cmd[0]} did not come to an end within {error.timeout:.0f} s"])


def _python() -> Answer:
    answer = Answer()
    for lock in components.locks_of_environments():
        # With hashes it would download every file; names and versions are all that is asked about.
        words = ["--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off"]
        done = _run("python", [str(BIN / "pip-audit"), "--requirement", str(lock), *words], ROOT)
        report = _json(done.stdout)
        if not isinstance(report, dict) or "dependencies" not in report:
            answer.unasked.append(f"{lock.name}: {_last_line(done)}")
            return answer  # the next one would be answered as this one
        _read_python(report["dependencies"], lock.name, answer)
    return answer


def _read_python(entries: list[dict[str, Any]], lock: str, answer: Answer) -> None:
    skipped = [entry["name"] for entry in entries if "skip_reason" in entry]
    if skipped:
        # pip-audit itself calls this no vulnerability.
        answer.unasked.append(f"{lock}: no answer about {len(skipped)} of {len(entries)}: {_some(skipped)}")
    for entry in entries:
        answer.asked += "skip_reason" not in entry
        for known in entry.get("vulns", ()):
            mended = ", ".join(known.get("fix_versions", ())) or "no version yet"
            answer.found.append(f"{entry['name']} {entry['version']}: {known['id']}; mended in {mended} ({lock})")


def _npm() -> Answer:
    done = _run("npm", ["npm", "audit", "--json", "--package-lock-only"], WEB)
    report = _json(done.stdout)
    if not isinstance(report, dict) or "vulnerabilities" not in report or "metadata" not in report:
        return Answer(unasked=[_npm_says(report) or _last_line(done)])
    found = [
        f"{name} {entry['range']}: {_npm_titles(entry)}; {entry['severity']}"
        for name, entry in sorted(report["vulnerabilities"].items())
    ]
    return Answer(found=found, asked=int(report["metadata"]["dependencies"]["total"]))


def _npm_says(report: Any) -> str:
    return str(report.get("message", "")) if isinstance(report, dict) else ""


def _npm_titles(entry: dict[str, Any]) -> str:
    return ", ".join(each["title"] if isinstance(each, dict) else f"through {each}" for each in entry["via"])


def _maven() -> Answer:
    report_file = REGISTRY / "target" / "dependency-check-report.json"
    report_file.unlink(missing_ok=True)  # of another day
    words = (
        "--batch-mode",
        "--quiet",
        _MAVEN_PLUGIN,
        "-Dformats=JSON",
        "-DnvdMaxRetryCount=2",
        "-DfailOnError=true",
        "-DretireJsAnalyzerEnabled=false",
    )
    # The plugin reads an API key from there, where its owner has one.
    done = _run("maven", ["mvn", *words, "-DnvdApiKeyEnvironmentVariable=NVD_API_KEY"], REGISTRY)
    report = _json(report_file.read_text()) if done.returncode == 0 and report_file.exists() else None
    if not isinstance(report, dict) or "dependencies" not in report:
        return Answer(unasked=[_maven_says(done)])
    return _read_maven(report["dependencies"])


def _read_maven(entries: list[dict[str, Any]]) -> Answer:
    found = [
        f"{entry['fileName']}: {known['name']}; {known.get('severity', 'unknown')}"
        for entry in entries
        for known in entry.get("vulnerabilities", ())
    ]
    return Answer(found=found, asked=len(entries))


def _maven_says(done: subprocess.CompletedProcess[str]) -> str:
    errors = [line for line in done.stdout.splitlines() if line.startswith("[ERROR]")]
    return errors[0].removeprefix("[ERROR]").strip()[:300] if errors else _last_line(done)


def _run(name: str, command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which(command[0])
    if program is None:
        raise FileNotFoundError(2, "is missing", command[0])
    around = dict(os.environ) | {"NO_COLOR": "1"}
    return subprocess.run(
        [program, *command[1:]],
        cwd=folder,
        env=around,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=_MOST_S[name],
    )


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    said = (done.stderr.strip() or done.stdout.strip()).splitlines()
    return said[-1][:300] if said else f"it said nothing, and ended with {done.returncode}"


def _some(names: Sequence[str]) -> str:
    rest = len(names) - _NAMES_SHOWN
    return ", ".join(names[:_NAMES_SHOWN]) + (f" and {rest} more" if rest > 0 else "")


KINDS: dict[str, Callable[[], Answer]] = {"python": _python, "npm": _npm, "maven": _maven}
