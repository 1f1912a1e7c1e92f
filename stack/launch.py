"""Starts one process of the stack after clearing what its last life left behind.

The supervisor runs `python -m stack.launch NAME RUN_DIR FOLDER -- COMMAND…`. This
becomes COMMAND, so the supervisor watches COMMAND itself. A process killed with
SIGKILL can leave children that hold its port or its data; they are found by the
mark in their environment or by the folder they work in, and ended first.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

from stack import environment
from stack.rundir import RunDir

MARK = "CHARLA_PROGRAM"
# A process that ends sooner than this after its start is started again slowly.
_TOO_SOON_SECONDS = 5.0
_PAUSE_SECONDS = 1.0
# These overwrite their environment with their title, so their folder tells.
_TITLED = frozenset({"postgres", "nginx", "redis-server"})


def leftovers(mark: str, folder: Path | None) -> list[int]:
    """Returns the processes that carry the mark or work in the folder.

    Args:
        mark: `RUN_DIR:NAME`.
        folder: the folder that only this program works in, if it has one.
    """
    wanted = f"{MARK}={mark}".encode()
    own = {os.getpid(), os.getppid()}
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) in own:
            continue
        with suppress(OSError):
            titled = entry.joinpath("comm").read_text().strip() in _TITLED
            at_home = titled and entry.joinpath("cwd").readlink() == folder
            if at_home or wanted in entry.joinpath("environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return found


def clear(mark: str, folder: Path | None, patience: float = 10.0) -> None:
    """Ends such processes at once, and waits until they are gone."""
    deadline = time.monotonic() + patience
    while (left := [pid for pid in leftovers(mark, folder) if not is_dead(pid)]) and (time.monotonic() < deadline):
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def is_dead(pid: int) -> bool:
    """Tells whether the process is gone, or is only waiting for its parent to take note."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def _do_not_hurry(stamp: Path) -> None:
    """Waits a moment when the last start was only just now."""
    with suppress(OSError):
        if time.time() - stamp.stat().st_mtime < _TOO_SOON_SECONDS:
            time.sleep(_PAUSE_SECONDS)
    stamp.touch()


def main(arguments: list[str]) -> None:
    """Becomes the command after `--`."""
    (name, path, folder), command = arguments[:3], arguments[4:]
    run, mark, home = RunDir(Path(path)), f"{path}:{name}", Path(folder)
    private = home if home.is_relative_to(run.path) else None
    clear(mark, private)
    _do_not_hurry(run.folder("starts") / name)
    values = environment.read(run.env_file(name)) | {MARK: mark}
    os.chdir(home)
    os.execvpe(command[0], command, values)  # noqa: S606


if __name__ == "__main__":
    main(sys.argv[1:])
