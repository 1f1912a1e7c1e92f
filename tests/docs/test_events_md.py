"""docs/events.md is what the code says."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def generated() -> str:
    # A process of its own: importing the services here would bring eventlet into pytest's.
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "plumbing.describe"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_events_md_is_generated_from_the_code() -> None:
    written = (ROOT / "docs" / "events.md").read_text()
    assert written == generated(), "run: python -m plumbing.describe > docs/events.md"
