"""Uploaders: files by tus over connections that break, gone on with where the server says that they stand."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic

from bench.lane import Lane
from bench.people import People, Person, SetupError, for_each
from bench.wire import Response, Target
from drill.client import REQUEST_TIMEOUT_S, RETRYABLE, Client
from drill.finding import Finding
from drill.loads.load import now_and_then, together
from drill.promises.uploads import StoredUpload, UploadHistory, check_uploads
from stack.running import RunningStack

PAUSE_S = 0.8
SIZE = (60_000, 400_000)
PIECE = 150_000
#: Of the pieces, how many are cut off on their way.
BREAKS = 0.4
#: When all is well again, everything is ready within so many seconds, and each file is read within so many more.
READY_S, READ_S = 120.0, 20.0
_TUS = {"Tus-Resumable": "1.0.0"}
#: Somebody else's piece of the same upload is still being taken; or the offset is another one than one thought.
_LATER = {409, 423, 460}


@dataclass
class File:
    """A file on its way."""

    content: bytes
    media_id: str
    place: str

    @property
    def sha256(self) -> str:
        """Its hash."""
        return hashlib.sha256(self.content).hexdigest()


class Uploads:
    """Some people who upload.

    Args:
        stack: Where media are.
        people: Refreshes tokens.
        senders: Who uploads.
        seed: Makes the load reproducible.

    Attributes:
        broken: How many connections were broken off.
        full: How often an answer was that the disk takes nothing.
    """

    name = "uploads"

    def __init__(self, stack: RunningStack, people: People, senders: Sequence[Person], seed: str) -> None:
        self.history = UploadHistory()
        self.done = 0
        self.broken = 0
        self.full = 0
        self._target = Target("127.0.0.1", stack.ports["media-http"], prefix="")
        self._senders = [_Sender(self, people, each, f"{seed}.{number}") for number, each in enumerate(senders)]

    @property
    def target(self) -> Target:
        """Where uploads are taken, and media are read."""
        return self._target

    async def open(self) -> None:
        """Make nothing: whoever is signed in may upload."""

    async def run(self, stop: asyncio.Event) -> None:
        """Upload until `stop`."""
        await together(*(each.run(stop) for each in self._senders))

    def took(self, answer: Response) -> None:
        """Note what an answer says of the disk."""
        self.full += b"storage_away" in answer.body

    async def findings(self) -> list[Finding]:
        """Read every upload that was acknowledged, once it is ready."""
        stored = [pair for each in self._senders for pair in await each.stored()]
        return check_uploads(self.history, dict(stored))

    def summary(self) -> str:
        """Return in a line what was done."""
        return (
            f"{len(self.history.whole)} uploads acknowledged, {self.broken} connections broken off in the middle,"
            f" {self.full} times told that the disk is away"
        )

    def leave(self) -> None:
        """Close all connections."""
        for each in self._senders:
            each.leave()


class _Sender:
    """One person who uploads one file after the other."""

    def __init__(self, load: Uploads, people: People, person: Person, seed: str) -> None:
        self._load = load
        self._person = person
        self._dice = random.Random(seed)
        self._client = Client(people, person, self._dice)
        self._lane = Lane(load.target, person.source)
        self._mine: list[str] = []

    async def run(self, stop: asyncio.Event) -> None:
        """Upload until `stop`; what was begun is finished."""
        while await now_and_then(stop, self._dice, PAUSE_S):
            file = await self._begin(self._dice.randbytes(self._dice.randrange(*SIZE)))
            if await self._send(file):
                self._load.history.whole[file.media_id] = file.sha256
                self._mine.append(file.media_id)
                self._load.done += 1

    def leave(self) -> None:
        """Close both connections."""
        self._client.leave()
        self._lane.close()

    async def _begin(self, content: bytes) -> File:
        name = base64.b64encode(b"drill.bin").decode()
        answer = await self._insist(
            "POST", "/uploads", {"Upload-Length": str(len(content)), "Upload-Metadata": f"filename {name}"}
        )
        if answer.status != 201:  # noqa: PLR2004
            raise SetupError(f"upload: {answer.status} {answer.body[:200]!r}")
        return File(content, answer.header("charla-media-id") or "", answer.header("location") or "")

    async def _send(self, file: File) -> bool:
        """Send a file to its last byte; tell whether that was acknowledged."""
        offset = 0
        while offset < len(file.content):
            end = min(len(file.content), offset + PIECE)
            if self._dice.random() < BREAKS:
                await self._break_off(file, offset, end)
            else:
                await self._ask("PATCH", file.place, _moved(offset), file.content[offset:end])
            answer = await self._insist("HEAD", file.place)
            if not answer.ok:
                self._load.history.forgotten.append(f"{file.media_id}: {answer.status}")
                return False
            offset = int(answer.header("upload-offset") or 0)
        return True

    async def _break_off(self, file: File, offset: int, end: int) -> None:
        """Promise a piece, send a part of it, and lose the connection."""
        target = self._load.target
        upto = self._dice.randrange(offset, end)
        try:
            _, writer = await asyncio.open_connection(target.host, target.port, local_addr=(self._person.source, 0))
        except OSError:
            return
        try:
            writer.write(self._raw("PATCH", file.place, _moved(offset), end - offset) + file.content[offset:upto])
            await writer.drain()
            await asyncio.sleep(self._dice.uniform(0.0, 0.1))
        except OSError:
            pass
        finally:
            writer.transport.abort()
        self._load.broken += 1

    async def _insist(self, method: str, path: str, headers: dict[str, str] | None = None) -> Response:
        while True:
            answer = await self._ask(method, path, headers or {})
            if answer.status not in RETRYABLE | _LATER and answer.status != 401:  # noqa: PLR2004
                return answer
            await self._client.pause(answer)

    async def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes = b"") -> Response:
        raw = self._raw(method, path, headers, None if method in {"HEAD", "GET"} else len(body)) + body
        answer = await self._lane.request(raw, REQUEST_TIMEOUT_S)
        self._load.took(answer)
        if answer.status == 401 or self._person.stale:  # noqa: PLR2004
            await self._client.ask("GET", "/users/me")  # which renews the token
        return answer

    def _raw(self, method: str, path: str, headers: dict[str, str], length: int | None) -> bytes:
        sized = {} if length is None else {"Content-Length": str(length)}
        return self._load.target.head(method, path, self._person.token, None, {**_TUS, **headers, **sized})

    async def stored(self) -> list[tuple[str, StoredUpload]]:
        """Return what became of each upload of this person."""
        deadline = monotonic() + READY_S
        states = dict.fromkeys(self._mine, "")
        while (waiting := [each for each, state in states.items() if state != "ready"]) and monotonic() < deadline:
            for media_id in waiting:
                answer = await self._client.insist("GET", f"/media/{media_id}")
                states[media_id] = answer.json()["state"] if answer.ok else ""
            await asyncio.sleep(0.2)
        known = [media_id for media_id in self._mine if states[media_id]]
        return await for_each(known, 1, lambda each: self._read(each, states[each]))

    async def _read(self, media_id: str, state: str) -> tuple[str, StoredUpload]:
        deadline = monotonic() + READ_S
        while True:
            answer = await self._ask("GET", f"/media/{media_id}/original", {})
            if answer.ok:
                return media_id, StoredUpload(state, hashlib.sha256(answer.body).hexdigest())
            if monotonic() > deadline:
                return media_id, StoredUpload(state, None)
            await self._client.pause(answer)


def _moved(offset: int) -> dict[str, str]:
    return {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
