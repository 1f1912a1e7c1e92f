"""Chooses the ports of a stack once, and remembers them."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from stack.errors import StackError
from stack.rundir import write_private
from stack.topology import PORTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stack.rundir import RunDir

# Other run directories get a block of their own below the ephemeral ports.
_BLOCKS_FROM, _BLOCKS, _BLOCK = 20_000, 120, 100
_HIGHEST = 32_767
_BOOKS = Path("/tmp") / f"charla-ports-{os.getuid()}"  # noqa: S108 - private, its owner is checked


def is_free(port: int) -> bool:
    """Tells whether nobody on this machine listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True


def _wished(run: RunDir, wished: Mapping[str, int]) -> dict[str, int]:
    if run.is_default:
        return dict(wished)
    first = _BLOCKS_FROM + _own_block(run) * _BLOCK
    return {name: first + number for number, name in enumerate(wished)}


def _own_block(run: RunDir) -> int:
    """Returns the run directory's block, set aside so that no other stack takes it.

    Whether its ports are free would not tell: another stack may have chosen them a
    second ago and not be listening yet.
    """
    with _books() as books:
        start = zlib.crc32(str(run.path).encode())
        for step in range(_BLOCKS):
            entry = books / str((start + step) % _BLOCKS)
            owner = Path(entry.read_text()) if entry.exists() else None
            if owner is None or owner == run.path or not (owner / "ports.json").exists():
                entry.write_text(str(run.path))
                write_private(run.folder() / "ports.json", json.dumps(remembered(run)))
                return int(entry.name)
    message = f"every block of ports is set aside; remove run directories that are not needed, listed in {books}"
    raise StackError(message)


@contextmanager
def _books() -> Iterator[Path]:
    """Gives this user's list of blocks, which nobody else changes meanwhile."""
    _BOOKS.mkdir(mode=0o700, exist_ok=True)
    if _BOOKS.is_symlink() or _BOOKS.lstat().st_uid != os.getuid():
        message = f"{_BOOKS} belongs to somebody else"
        raise StackError(message)
    with (_BOOKS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield _BOOKS


def _next_free(port: int, taken: set[int]) -> int:
    for candidate in range(port, _HIGHEST):
        if candidate not in taken and is_free(candidate):
            return candidate
    message = f"no port is free between {port} and {_HIGHEST}"
    raise StackError(message)


def remembered(run: RunDir) -> dict[str, int]:
    """Returns the ports chosen so far; none when the stack has never run."""
    path = run.path / "ports.json"
    return json.loads(path.read_text()) if path.exists() else {}


def choose(run: RunDir, *, keep_taken: bool, wishes: Mapping[str, int] = PORTS) -> dict[str, int]:
    """Returns a port for each name and remembers the choice.

    Args:
        run: the run directory.
        wishes: the names, and what they would like to have in the default run directory.
        keep_taken: keep remembered ports that are in use, because this stack
            itself is using them.
    """
    before, wished = remembered(run), _wished(run, wishes)
    chosen: dict[str, int] = {}
    for name, wish in wished.items():
        port = before.get(name)
        taken = set(chosen.values()) | set(before.values()) - {wish}
        if port is None or not (keep_taken or is_free(port)):
            port = _next_free(wish, taken)
        chosen[name] = port
    write_private(run.folder() / "ports.json", json.dumps(chosen, indent=2) + "\n")
    return chosen
