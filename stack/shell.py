"""`nameko shell` with a banner that keeps the broker's password to itself.

Runs in a service's environment: `python -m stack.shell SERVICE`.
"""

from __future__ import annotations

import sys

from nameko.cli import shell
from nameko.cli.main import main as nameko

_runner = shell.ShellRunner


def main(service: str) -> None:
    """Opens the shell; a script on standard input ends it at its first exception."""
    banner = f"Charla's {service} on the bus: n.rpc.SERVICE.METHOD(…), n.dispatch_event(…)"
    shell.ShellRunner = lambda _banner, names: _runner(banner, names)
    if not sys.stdin.isatty():
        sys.ps1 = sys.ps2 = ""
    sys.argv = ["nameko", "shell", "--config", f"svc_{service}/config.yml"]
    try:
        nameko()
    except Exception:  # the console has shown it already
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1])
