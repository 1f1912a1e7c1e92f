"""What a sandboxed process may use."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Limits of one process and what it starts.

    Attributes:
        cpu_s: Processor time in seconds, of all its threads together; each process that it starts has as much.
        memory: Address space in bytes, of each process.
        file_size: Bytes that one written file may have.
        open_files: File descriptors.
        processes: Processes and threads, where it runs under a user id of its own.
        wall_s: Seconds after which everything of it is killed.
    """

    cpu_s: int = 5
    memory: int = 512 * MIB
    file_size: int = 256 * MIB
    open_files: int = 64
    processes: int = 32
    wall_s: float = 60.0
