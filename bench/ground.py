"""What every scenario stands on."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from pathlib import Path

from bench.figures import Report
from bench.ledger import Ledger
from bench.people import People, Person
from bench.wire import Target

TEXT = "See you at the harbour at eight, and bring the blue folder with the two maps."


@dataclass(frozen=True)
class Size:
    """How big a run is.

    Attributes:
        seconds: Measured time of one load.
        warm_up_s: Time before it that does not count.
        senders: How many concurrent senders each send scenario has, in turn.
        rooms: Rooms of the many-rooms scenario.
        sockets: Readers of a fan-out and idle sockets.
        history: Messages of the long conversation.
        posts: Posts of a fan-out.
        accounts: People who sign in, on addresses of their own, so that no limit of either is met.
        followers: How many follow the channel, `listeners` of them with a socket, `devices` with web push.
        file_mib: The size of a file that is sent and read through Nginx, and through Nginx alone.
        files: How many such files, one after the other.
        pictures: Pictures that thumbnails are made of.
        uploads: Uploads that are under way at once.
        many_sockets: Sockets that one machine holds.
    """

    seconds: float = 10.0
    warm_up_s: float = 2.0
    senders: tuple[int, ...] = (1, 32, 128)
    rooms: int = 50
    sockets: int = 500
    history: int = 10_000
    posts: int = 20
    accounts: int = 64
    followers: int = 100_000
    listeners: int = 1_000
    devices: int = 5_000
    file_mib: int = 256
    files: int = 5
    pictures: int = 24
    uploads: int = 200
    many_sockets: int = 10_000


QUICK = Size(
    seconds=1.0, warm_up_s=0.3, senders=(1, 32), rooms=20, sockets=32, history=500, posts=4, accounts=32,
    followers=5_000, listeners=32, devices=200, file_mib=32, files=1, pictures=2, uploads=20, many_sockets=200,
)  # fmt: skip


@dataclass
class Ground:
    """The gateway, the people, the ledger and the report of one run."""

    target: Target
    run_dir: Path
    size: Size
    people: People
    report: Report
    ledger: Ledger = field(default_factory=Ledger)

    async def room(self, title: str, members: list[Person]) -> str:
        """Make a room whose sends the ledger can prove later."""
        room = await self.people.room(title, members)
        self.ledger.readers[room] = members[0]
        return room


class SendRequests:
    """Requests that send messages, built as far ahead as they can be.

    Args:
        target: The gateway.
        text: The text of every message; a mark that finds it in a frame follows it.
    """

    def __init__(self, target: Target, text: str = TEXT) -> None:
        self._target = target
        self._text = text.encode()
        self._run = str(uuid.uuid4())[:24]
        self._heads: dict[tuple[str, str], bytes] = {}
        self._count = 0
        self._length = len(self._body("x" * 36))

    def _body(self, message_id: str) -> bytes:
        return b'{"client_msg_id":"%b","text":"%b"}' % (message_id.encode(), self._text)

    def make(self, person: Person, room: str) -> tuple[str, bytes]:
        """Return a new client_msg_id and the request that sends a message under it."""
        head = self._heads.get((person.token, room))
        if head is None:
            head = self._target.head("POST", f"/conversations/{room}/messages", person.token, self._length)
            self._heads[person.token, room] = head
        self._count += 1
        message_id = f"{self._run}{self._count:012x}"
        return message_id, head + self._body(message_id)
