"""tus: sequences of requests in a wrong order, with wrong numbers, twice at once, over connections that break.

What an upload acknowledged is kept beside it. In the end every file is read again and held against that, and each
person's books have to say what that comes to.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from fuzz.budget import Budget
from fuzz.people import Person, Reply
from fuzz.site import Site
from fuzz.tally import Tally
from fuzz.tus_client import SILENCE, STREAM, TusClient, checksum, offset_of, pairs

#: Bytes of a file.
SIZE = (1, 120_000)
#: How many uploads of a person are open at once, and how many requests each sees at most.
OPEN, LIFE = 4, 14
UPLOADERS = 3
#: When all is over, everything is processed within so many seconds.
READY_S = 240.0
_BUSY, _MOVED, _FULL = {423}, {409}, {429, 503}
#: What no server has to know, such as another transfer coding.
_NOT_IMPLEMENTED = 501
_HEADERS = {
    "Tus_Resumable": ["0.2.2", "", "2", "1.0.0\t"],
    "Upload_Length": ["-1", "1e3", "0x10", "", "9" * 30, str(1 << 62), "5,5"],
    "Upload_Offset": ["-1", "NaN", "", "9" * 30, "0,0", "+0"],
    "Upload_Defer_Length": ["0", "x", "1"],
    "Upload_Concat": ["both", "final;", "final;/uploads/x", "final;/uploads/a /uploads/b", "partial,final", "final"],
    "Upload_Metadata": ["filename =", "filename YQ==,filename YQ==", ",", "filename  YQ==", "x " + "A" * 5000, "\xff"],
    "Upload_Checksum": ["sha256", "sha256 x", "md5 YQ==", "crc99 YQ==", "sha1 !!", "sha256 " + "A" * 400],
    "X_HTTP_Method_Override": ["DELETE", "TRACE", "PATCH"],
    "Content_Type": ["text/plain", "application/json; charset=klingon", ""],
    "Transfer_Encoding": ["chunked", "gzip", "identity"],
    "Expect": ["100-continue", "200-ok"],
}


@dataclass
class File:
    """A file on its way, and what is known to be there of it.

    Attributes:
        late: How far bytes may still come that were sent over a connection which then broke.
    """

    content: bytes
    path: str = ""
    media_id: str = ""
    offset: int = 0
    late: int = 0
    length_told: bool = True
    partial: bool = False

    @property
    def whole(self) -> bool:
        """Whether its last byte was acknowledged."""
        return self.length_told and self.offset == len(self.content)


@dataclass
class Uploader:
    """Somebody who sends files as nobody should; every difference goes into the tally."""

    client: TusClient
    stranger: TusClient
    dice: random.Random
    tally: Tally
    open: list[File] = field(default_factory=list)
    parts: list[File] = field(default_factory=list)
    stored: dict[str, str] = field(default_factory=dict)

    def step(self) -> None:
        """Begin a file, or do something to one."""
        if len(self.open) < OPEN and self.dice.random() < 0.4:
            self._begin()
        elif self.parts and self.dice.random() < 0.2:
            self._join()
        elif self.open:
            self._disturb(self.dice.choice(self.open))

    def finish(self) -> None:
        """Send what is missing of each open file, or end it."""
        for file in [*self.open, *self.parts]:
            if not file.whole and not file.partial and self.dice.random() < 0.7:
                self._complete(file)
            elif not file.whole or file.partial:
                self._until_free(lambda file=file: self._say("DELETE", file.path))  # type: ignore[misc]
            self._leave(file)

    def _begin(self) -> None:
        content = self.dice.randbytes(self.dice.randrange(*SIZE))
        file = File(content, partial=self.dice.random() < 0.25)
        headers = {"Upload_Concat": "partial"} if file.partial else {"Upload_Metadata": pairs(filename="fuzz.bin")}
        file.length_told = self.dice.random() < 0.7
        headers |= {"Upload_Length": str(len(content))} if file.length_told else {"Upload_Defer_Length": "1"}
        first = content[: self.dice.randrange(len(content) + 1)] if self.dice.random() < 0.3 else b""
        more = {"Content_Type": STREAM} if first else {}
        reply = self._say("POST", "/uploads", first or None, **headers, **more)
        if reply.status != 201:
            self.tally.demand(reply.status in _FULL, f"a right POST was refused: {reply.status} {reply.code}")
            return
        file.path, file.media_id = reply.headers["Location"], reply.headers.get("Charla-Media-Id", "")
        file.offset = offset_of(reply)
        self.tally.demand(file.offset == len(first), f"POST with {len(first)} bytes stands at {file.offset}")
        self.open.append(file)
        self._if_whole(file)

    def _disturb(self, file: File) -> None:
        self.dice.choice(_DISTURBANCES)(self, file)
        if file in self.open:
            self._look(file, file.offset, file.offset)
            self._if_whole(file)

    def _right(self, file: File) -> None:
        piece = self._piece(file)
        sums = {"Upload_Checksum": checksum(self.dice.choice(["sha1", "sha256"]), piece)}
        self._took(file, piece, self._patch(file, file.offset, piece, **(sums if self.dice.random() < 0.5 else {})))

    def _wrong_offset(self, file: File) -> None:
        offset = self.dice.choice([file.offset + 1, file.offset - 1, 0, len(file.content), 1 << 40])
        if offset != file.offset and offset >= 0:
            self._refused(file, self._patch(file, offset, self._piece(file)), 409)

    def _too_long(self, file: File) -> None:
        if file.length_told:
            self._refused(file, self._patch(file, file.offset, file.content[file.offset :] + b"more"), 400, 413)

    def _wrong_checksum(self, file: File) -> None:
        if piece := self._piece(file):
            self._refused(
                file, self._patch(file, file.offset, piece, Upload_Checksum=checksum("sha256", b"others")), 460
            )

    def _strange_headers(self, file: File) -> None:
        names = self.dice.sample(sorted(_HEADERS), self.dice.randrange(1, 4))
        headers = {"Upload_Offset": str(file.offset + 7)}
        headers |= {name: self.dice.choice(_HEADERS[name]) for name in names}
        path = self.dice.choice([file.path, file.path, "/uploads", file.path + "/", "/uploads/" + "x" * 300])
        method = self.dice.choice(["PATCH", "HEAD", "OPTIONS", "GET", "PUT", "TRACE", "PROPFIND"])
        self._fine(self._say(method, path, self.dice.choice([None, b"", b"bytes"]), **headers))

    def _strange_beginning(self, file: File) -> None:
        names = self.dice.sample(sorted(_HEADERS), self.dice.randrange(1, 4))
        reply = self._say("POST", "/uploads", None, **{name: self.dice.choice(_HEADERS[name]) for name in names})
        self._fine(reply)
        if reply.status == 201:  # - odd, and not wrong; it would stay in the books
            self._until_free(lambda: self._say("DELETE", reply.headers["Location"]))

    def _break(self, file: File) -> None:
        piece = self._piece(file)
        if not piece or (file.length_told and file.offset + len(piece) == len(file.content)):
            return
        upto = self.dice.randrange(len(piece))
        file.late = max(file.late, file.offset + upto)
        self.client.break_off(file.path, file.offset, piece, upto)
        self.tally.case("broken off")
        self._look(file, file.offset, file.offset + upto)

    def _both_at_once(self, file: File) -> None:
        piece, before = self._piece(file), file.offset
        if not piece:
            return
        with ThreadPoolExecutor(2) as pool:
            two = list(pool.map(lambda _: self._patch(file, before, piece), range(2)))
        taken = [reply for reply in two if reply.status == 204]
        last = file.length_told and before + len(piece) == len(file.content)
        # A file that is whole by then is shown to who sends nothing more; both sent the same, and that is no harm.
        self.tally.demand(len(taken) <= 1 or last, "the same bytes were taken twice")
        self._look(file, before, before + len(piece))
        self.tally.demand(not taken or file.offset == before + len(piece), "what was taken is not there")

    def _of_another(self, file: File) -> None:
        method = self.dice.choice(["HEAD", "PATCH", "DELETE"])
        headers = {"Upload_Offset": str(file.offset), "Content_Type": STREAM}
        reply = self.stranger.ask(method, file.path, b"theirs" if method == "PATCH" else None, **headers)
        self.tally.case(f"{reply.status}")
        self.tally.demand(reply.status in {404, 429}, f"a stranger's {method} was answered {reply.status}")

    def _tell_length(self, file: File) -> None:
        if file.length_told:
            wrong = {"Upload_Length": str(len(file.content) + 1)}
            self._refused(file, self._patch(file, file.offset, b"", **wrong), 400)
        elif self._patch(file, file.offset, b"", Upload_Length=str(len(file.content))).status == 204:
            file.length_told = True

    def _end(self, file: File) -> None:
        if self.dice.random() < 0.3:
            reply = self._until_free(lambda: self._say("DELETE", file.path))
            if reply.status == 204:
                self._leave(file)
                gone = self._say("HEAD", file.path)
                self.tally.demand(gone.status in {404, 410, 429}, f"an ended upload is answered {gone.status}")

    def _join(self) -> None:
        chosen = self.dice.sample(self.parts, self.dice.randrange(1, len(self.parts) + 1))
        order = [file.path for file in chosen]
        if self.dice.random() < 0.3:
            odd = self.dice.choice([[order[0], order[0]], [*order, "/uploads/" + "0" * 36], [*order, "/media/x"]])
            self._refused(None, self._say("POST", "/uploads", Upload_Concat=f"final;{' '.join(odd)}"), 400, 404)
            return
        reply = self._say("POST", "/uploads", Upload_Concat=f"final;{' '.join(order)}")
        if reply.status != 201:
            self.tally.demand(reply.status in _FULL, f"right parts were not joined: {reply.status} {reply.code}")
            return
        whole = b"".join(file.content for file in chosen)
        self.tally.demand(offset_of(reply) == len(whole), "joined parts are not as long as they were")
        self.stored[reply.headers["Charla-Media-Id"]] = hashlib.sha256(whole).hexdigest()
        self.parts = [file for file in self.parts if file not in chosen]

    def _complete(self, file: File) -> None:
        told = {} if file.length_told else {"Upload_Length": str(len(file.content))}
        rest = file.content[file.offset :]
        reply = self._until_free(lambda: self._patch(file, file.offset, rest, **told))
        if reply.status in _MOVED and file.late > file.offset:
            self._look(file, file.offset, file.late)
            self._complete(file)
            return
        self.tally.demand(reply.status == 204, f"the rest of a file was refused: {reply.status} {reply.code}")
        if reply.status == 204:
            file.length_told, file.offset = True, len(file.content)
            self._if_whole(file)

    def _took(self, file: File, piece: bytes, reply: Reply) -> None:
        """Move on where the server said that it has the piece."""
        if reply.status == 204:
            file.offset += len(piece)
            self.tally.demand(offset_of(reply) == file.offset, "an answer tells of another offset")
        else:
            expected = _BUSY | _FULL | {SILENCE.status} | (_MOVED if file.late > file.offset else set())
            self.tally.demand(reply.status in expected, f"right bytes: {reply.status} {reply.code}")
            self._look(file, file.offset, file.offset + len(piece))

    def _refused(self, file: File | None, reply: Reply, *statuses: int) -> None:
        expected = {*statuses, *_BUSY, *_FULL, *(_MOVED if file is not None and file.late > file.offset else ())}
        self.tally.demand(reply.status in expected, f"{reply.status} {reply.code} where {statuses} was due")

    def _fine(self, reply: Reply) -> None:
        fine = reply.status < 500 or reply.status in {*_FULL, _NOT_IMPLEMENTED}
        self.tally.demand(fine, f"answered {reply.status} {reply.code}")

    def _look(self, file: File, least: int, most: int) -> None:
        """See where the upload stands, which is between these two."""
        reply = self._until_free(lambda: self._say("HEAD", file.path))
        if reply.status != 200:
            self.tally.fault(f"HEAD of an open upload: {reply.status}")
            return
        file.offset = offset_of(reply)
        self.tally.demand(
            least <= file.offset <= max(most, file.late), "an offset moved by what nobody sent, or moved back"
        )

    def _if_whole(self, file: File) -> None:
        if not file.whole:
            return
        if file.partial:
            self.open.remove(file)
            self.parts.append(file)
        else:
            self.stored[file.media_id] = hashlib.sha256(file.content).hexdigest()
            self._leave(file)

    def _leave(self, file: File) -> None:
        self.open = [each for each in self.open if each is not file]
        self.parts = [each for each in self.parts if each is not file]

    def _piece(self, file: File) -> bytes:
        left = len(file.content) - file.offset
        return file.content[file.offset : file.offset + self.dice.randrange(left + 1)] if left else b""

    def _patch(self, file: File, offset: int, data: bytes, **headers: str) -> Reply:
        return self._say("PATCH", file.path, data, Upload_Offset=str(offset), Content_Type=STREAM, **headers)

    def _say(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Reply:
        reply = self.client.ask(method, path, body, **headers)
        self.tally.case(str(reply.status))
        return reply

    def _until_free(self, ask: Callable[[], Reply]) -> Reply:
        """Ask again while another request holds the upload, or the server says later."""
        deadline = time.monotonic() + READY_S
        while (reply := ask()).status in _BUSY | _FULL | {SILENCE.status} and time.monotonic() < deadline:
            time.sleep(0.2)
        return reply


_DISTURBANCES = [
    Uploader._right,
    Uploader._right,
    Uploader._right,
    Uploader._wrong_offset,
    Uploader._too_long,
    Uploader._wrong_checksum,
    Uploader._strange_headers,
    Uploader._strange_beginning,
    Uploader._break,
    Uploader._both_at_once,
    Uploader._of_another,
    Uploader._tell_length,
    Uploader._end,
]


def run(site: Site, budget: Budget) -> Tally:
    """Let several people upload at once until the time is over; then hold books and files against what they know."""
    tally = Tally("tus")
    stranger = TusClient(site.media_url, site.person("eve"))
    people = [site.person(f"tus{number}") for number in range(UPLOADERS)]
    uploaders = [
        Uploader(TusClient(site.media_url, person), stranger, budget.dice(f"tus {number}"), tally)
        for number, person in enumerate(people)
    ]
    with ThreadPoolExecutor(UPLOADERS) as pool:
        for done in [pool.submit(_go_on, each, budget) for each in uploaders]:
            done.result()
    for person, uploader in zip(people, uploaders, strict=True):
        _check(site, person, uploader, tally)
    tally.notes.append(f"{sum(len(each.stored) for each in uploaders)} files stored, each read again")
    return tally


def _go_on(uploader: Uploader, budget: Budget) -> None:
    while budget.left > 0:
        uploader.step()
    uploader.finish()


def _check(site: Site, person: Person, uploader: Uploader, tally: Tally) -> None:
    sizes: dict[str, int] = {}
    for media_id, sha256 in uploader.stored.items():
        state = _settled(person, media_id)
        tally.demand(state == "ready", f"a stored file is {state}")
        reply = _read(TusClient(site.media_url, person), media_id)
        tally.demand(hashlib.sha256(reply.raw).hexdigest() == sha256, f"other bytes than acknowledged: {reply.status}")
        sizes[sha256] = len(reply.raw)
    quota = person.need("GET", "/v1/media/quota")
    wanted = sum(sizes.values())
    tally.demand(quota["used_bytes"] == wanted, f"books say {quota['used_bytes']}, stored are {wanted}")
    tally.demand(quota["reserved_bytes"] == 0, f"{quota['reserved_bytes']} bytes are set aside for nothing")


def _settled(person: Person, media_id: str) -> str:
    deadline = time.monotonic() + READY_S
    while True:
        state = str(person.need("GET", f"/v1/media/{media_id}")["state"])
        if state in {"ready", "failed"} or time.monotonic() > deadline:
            return state
        time.sleep(0.2)


def _read(client: TusClient, media_id: str) -> Reply:
    deadline = time.monotonic() + READY_S
    while (reply := client.ask("GET", f"/media/{media_id}/original")).status in _FULL | {0}:
        if time.monotonic() > deadline:
            break
        time.sleep(0.2)
    return reply
