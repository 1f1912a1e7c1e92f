"""Becomes a program inside its container: `python -m stack.enter COMMAND…`.

Its environment lies in a secret file, so that neither the image nor whoever inspects the container has it. Where a
registry is named, the sidecar is what starts the program: each replica brings its own. `--alone` before the command
is for what is no instance, such as a shell.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from stack import environment

SECRETS = Path("/run/secrets/environment")


def main(command: list[str]) -> None:
    """Becomes the command."""
    if SECRETS.exists():
        os.environ.update(environment.read(SECRETS))
    if command[:1] == ["--alone"]:
        command = command[1:]
    elif "SIDECAR_APP" in os.environ:
        command = ["python", "-m", "discovery.sidecar", *command]
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
