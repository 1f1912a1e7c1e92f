"""What the bench asks of a chat server, whatever its protocol."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from bench.ground import TEXT
from stack.running import RunningStack

#: Called with whether the server acknowledged the message.
Done = Callable[[bool], None]
#: Called with the moment (perf_counter) of arrival and the message's mark.
OnMark = Callable[[float, bytes], None]

#: A message is found in bytes of any protocol by its mark, so that no protocol costs the driver more to read.
_MARK = re.compile(rb"~([0-9a-f]{12})~")
_MARK_LENGTH = 14


def text_of(number: int) -> tuple[bytes, str]:
    """Return the mark and the text of a run's message."""
    mark = f"{number:012x}"
    return mark.encode(), f"{TEXT} ~{mark}~"


class Marks:
    """Finds marks in a stream that comes in pieces."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Return the marks that `data` completes."""
        data = self._rest + data
        found = list(_MARK.finditer(data))
        end = found[-1].end() if found else 0
        self._rest = data[max(end, len(data) - _MARK_LENGTH + 1) :]
        return [match.group(1) for match in found]


def marks_in(data: bytes) -> list[bytes]:
    """Return the marks of something whole."""
    return _MARK.findall(data)


@dataclass(frozen=True)
class Page:
    """A page of history: how many messages it has, and where the one before it is asked for."""

    messages: int
    before: str


class Member(Protocol):
    """Somebody who is signed in, writes, and hears what is written in all rooms of theirs."""

    on_mark: OnMark

    def send(self, room: str, mark: bytes, text: str, done: Done) -> None:
        """Send a message; one at a time."""

    async def page(self, room: str, before: str | None) -> Page:
        """Return the 50 messages before a place, the newest where none is given."""


class Server(Protocol):
    """A chat server that runs.

    Attributes:
        processes: Its process ids and that of its PostgreSQL; those that they began belong to them.
    """

    processes: Sequence[int]

    async def people(self, count: int) -> Sequence[Member]:
        """Return so many people, signed in and listening."""

    async def room(self, members: Sequence[Member]) -> str:
        """Make a room of these people, the first of whom owns it."""

    async def prepare(self) -> None:
        """Do what is due before something is measured, such as renewing tokens."""


@dataclass(frozen=True)
class Places:
    """What a server needs of this machine.

    Attributes:
        programs: Where it was installed.
        home: An empty folder of its own for this run.
        stack: The stack whose PostgreSQL it uses.
    """

    programs: Path
    home: Path
    stack: RunningStack


@dataclass(frozen=True)
class Peer:
    """A server that can be compared.

    Attributes:
        acknowledged: What it has done when it says that a message is sent.
        listening: How a member hears of messages.
        program: The file, under its folder, that is there when it is installed.
        run: Starts it, and ends it afterwards.
    """

    name: str
    acknowledged: str
    listening: str
    program: str
    run: Callable[[Places], AbstractAsyncContextManager[Server]]

    def installed(self, programs: Path) -> bool:
        """Tell whether it is there."""
        return (programs / self.name / self.program).exists()


PAGE = 50
