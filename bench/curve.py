"""What one more process brings: `CHARLA_RUN_DIR=… python -m bench.curve messaging 1 2 3 --json FILE`.

Runs the stack with so many of a program, one number after the other, and the bench against each; beside each rate
stands the processor time that every program took for one send (making accounts included, which is auth's). On two
cores the rate tells when these are full; the processor time tells what a machine with more of them would do.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2

from bench.processor import tree_seconds
from stack import running
from stack.rundir import ROOT

# The machine itself beside it, so that runs can be compared.
_SCENARIOS = ("postgresql", "sends-many-rooms")
_INFRASTRUCTURE = ("postgres", "rabbitmq", "redis", "nginx")


def processor_seconds(stack: running.RunningStack) -> dict[str, float]:
    """Returns what each program and its children have taken since they began; instances count together."""
    found: dict[str, float] = {}
    for name in (*stack.programs, *_INFRASTRUCTURE):
        base = name.rstrip("-0123456789")
        pid = stack.pid(name)
        found[base] = found.get(base, 0.0) + (tree_seconds(pid) if pid else 0.0)
    return found


def measure(program: str, count: int, seconds: float) -> dict[str, Any]:
    """Returns rates, times and processor time a send with so many of a program."""
    _run("./charla", "up", "--scale", f"{program}={count}")
    stack = running.load(os.environ.get("CHARLA_RUN_DIR"))
    before, stored = processor_seconds(stack), messages(stack)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.json"
        only = [word for each in _SCENARIOS for word in ("--only", each)]
        _run("./charla", "bench", *only, "--seconds", str(seconds), "--json", str(path))
        report = json.loads(path.read_text())
    after = processor_seconds(stack)
    sent = messages(stack) - stored
    each = {name: round(1e6 * (after[name] - before.get(name, 0.0)) / max(sent, 1)) for name in after}
    return {"processes": count, "sent": sent, "processor_us_a_send": each, "report": report}


def messages(stack: running.RunningStack) -> int:
    """Returns how many messages are stored."""
    address = stack.env("ops")["DATABASE_URL"].replace("+psycopg2", "").rpartition("/")[0]
    with closing(psycopg2.connect(f"{address}/messaging")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM messages")
        ((count,),) = cursor.fetchall()
        return int(count)


def _run(*command: str) -> None:
    # Its exit code says that a target was missed, which is no failure here.
    subprocess.run(command, cwd=ROOT, check=False)  # noqa: S603


def main() -> None:
    """Measures each number and writes what came out."""
    parser = argparse.ArgumentParser(prog="python -m bench.curve", description=__doc__)
    parser.add_argument("program")
    parser.add_argument("counts", nargs="+", type=int)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--json", type=Path, required=True)
    options = parser.parse_args()
    found = [measure(options.program, each, options.seconds) for each in options.counts]
    options.json.write_text(json.dumps({"program": options.program, "points": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
