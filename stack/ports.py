"""Chooses the ports of a stack once, and remembers them."""

from __future__ import annotations

import json
import socket
import zlib
from typing import TYPE_CHECKING

from stack.errors import StackError
from stack.rundir import write_private
from stack.topology import PORTS

if TYPE_CHECKING:
    from stack.rundir import RunDir

# Other run directories get a block of their own below the ephemeral ports.
_BLOCKS_FROM, _BLOCKS, _BLOCK = 20_000, 120, 100
_HIGHEST = 32_767


def is_free(port: int) -> bool:
    """Tells whether nobody on this machine listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return False
    return True


def _wished(run: RunDir) -> dict[str, int]:
    if run.is_default:
        return dict(PORTS)
    block = zlib.crc32(str(run.path).encode()) % _BLOCKS
    first = _BLOCKS_FROM + block * _BLOCK
    return {name: first + number for number, name in enumerate(PORTS)}


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


def choose(run: RunDir, *, keep_taken: bool) -> dict[str, int]:
    """Returns a port for each name and remembers the choice.

    Args:
        run: the run directory.
        keep_taken: keep remembered ports that are in use, because this stack
            itself is using them.
    """
    before, wished = remembered(run), _wished(run)
    chosen: dict[str, int] = {}
    for name, wish in wished.items():
        port = before.get(name)
        taken = set(chosen.values()) | set(before.values()) - {wish}
        if port is None or not (keep_taken or is_free(port)):
            port = _next_free(wish, taken)
        chosen[name] = port
    write_private(run.folder() / "ports.json", json.dumps(chosen, indent=2) + "\n")
    return chosen
