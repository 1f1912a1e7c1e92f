"""WebSockets: handshakes, frames bit by bit, words without sense, in any order, whole or in pieces, slowly."""

from __future__ import annotations

import json
import string
from dataclasses import dataclass, field
from typing import Any

import websocket
from hypothesis import strategies as st

from fuzz.budget import Budget
from fuzz.people import Person
from fuzz.raw_socket import CLOSE, TEXT, HungUp, Said, converse, frame
from fuzz.site import Site
from fuzz.tally import Tally

#: How a socket may end: by the protocol's own codes for a client's mistakes, or by ours, of which 4503 asks to come
#: again. 1011 is a server's mistake.
ENDINGS = {None, 1000, 1002, 1003, 1005, 1007, 1009, 4400, 4401, 4409, 4413, 4429, 4503}
BINARY, CONTINUED, PING, PONG = 2, 0, 9, 10
_FIN = 0x8
#: Every so many conversations somebody honest signs in beside them.
_CANARY_EVERY = 50
_TURNED_AWAY = {429, 503}


@dataclass(frozen=True)
class Script:
    """What is said on one socket.

    Attributes:
        opening: How it begins: `own` with a ticket, `used` with one that was used, and so on.
        frames: What follows.
        step: So many bytes at a time; 0 is all at once.
    """

    opening: str
    frames: bytes
    step: int
    headers: dict[str, str | None] = field(default_factory=dict)
    method: str = "GET"


_plain = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=40))
_values = st.recursive(
    _plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_KINDS = ["auth", "typing", "watch", "unwatch", "ping", "pong", "event", "ready", "drain", "error", "resync"]


def _words(room: str, strangers_room: str) -> st.SearchStrategy[bytes]:
    """Return texts of the right grammar: names that are known, and values of any kind."""
    rooms = st.sampled_from([room, room, strangers_room])
    right = st.one_of(
        st.builds(lambda kind, conv: {"t": kind, "conv": conv}, st.sampled_from(["typing", "watch", "unwatch"]), rooms),
        st.sampled_from([{"t": "ping"}, {"t": "pong"}]),
    )
    odd = st.fixed_dictionaries(
        {"t": st.one_of(st.sampled_from(_KINDS), _values)},
        optional={"conv": st.one_of(rooms, _values), "ticket": _values, "device": _values, "more": _values},
    )
    return st.one_of(right, odd).map(lambda words: json.dumps(words).encode())


_NOISE = [
    b"", b"{}", b"[]", b'{"t":', b"[" * 400, b"[" * 70_000, b'"\\ud800"', b"\xff\xfe", b'{"t":"ping","t":"auth"}',
    b'{"t":NaN}', b'{"t":"\\u0000"}', b'{"t":"' + b"x" * 65_000 + b'"}', b"x" * 65_537, b"1e400", b"-" * 1000,
]  # fmt: skip


def _fragments(payload: bytes, places: list[int]) -> bytes:
    """Return a text in several frames, perhaps with a ping between them."""
    cuts = sorted({place % (len(payload) + 1) for place in places})
    pieces = [payload[a:b] for a, b in zip([0, *cuts], [*cuts, len(payload)], strict=True)]
    last = len(pieces) - 1
    return b"".join(
        frame(piece, TEXT if number == 0 else CONTINUED, flags=_FIN if number == last else 0)
        + (frame(b"p", PING) if number % 2 else b"")
        for number, piece in enumerate(pieces)
    )


def _frames(words: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    payloads = st.one_of(words, words, st.binary(max_size=300), st.sampled_from(_NOISE))
    raw = st.builds(
        frame,
        payloads,
        opcode=st.one_of(st.sampled_from([CONTINUED, TEXT, BINARY, CLOSE, PING, PONG]), st.integers(0, 15)),
        flags=st.one_of(st.just(_FIN), st.integers(0, 15)),
        masked=st.one_of(st.just(True), st.booleans()),
        more=st.sampled_from([0, 0, 0, 70_000, 1 << 40]),
    )
    closing = st.integers(0, 65_535).map(lambda code: frame(code.to_bytes(2, "big") + b"\xff", CLOSE))
    whole = words.map(frame)
    many = words.map(lambda text: frame(text) * 120)
    fragments = st.builds(_fragments, payloads, st.lists(st.integers(0, 5_000), max_size=4))
    return st.one_of(whole, whole, whole, raw, raw, fragments, fragments, closing, many, st.binary(max_size=600))


_headers = st.dictionaries(
    st.sampled_from(
        ["Upgrade", "Connection", "Sec-WebSocket-Version", "Sec-WebSocket-Key", "Sec-WebSocket-Extensions", "Origin"]
    ),
    st.one_of(
        st.none(), st.text(string.printable.strip(), max_size=60), st.sampled_from(["8", "0", "websocket,", "close"])
    ),
    max_size=3,
)


def scripts(room: str, strangers_room: str) -> st.SearchStrategy[Script]:
    """Return what may be said on a socket."""
    frames = st.lists(_frames(_words(room, strangers_room)), max_size=8).map(b"".join)
    step = st.sampled_from([0, 0, 0, 0, 1, 7, 100])
    steps = st.builds(lambda data, n: (data, n if len(data) < 300 * max(n, 1) else 0), frames, step)
    opening = st.sampled_from(["own", "own", "own", "none", "used", "forged", "token", "late", "twice"])
    talks = st.builds(lambda how, said: Script(how, said[0], said[1]), opening, steps)
    handshakes = st.builds(
        lambda said, headers, method: Script("none", said[0], said[1], headers, method),
        steps,
        _headers,
        st.sampled_from(["GET", "GET", "POST", "PUT", "DELETE", "OPTIONS"]),
    )
    return st.one_of(talks, talks, talks, handshakes)


class Talker:
    """Somebody who says all that, and looks at what comes back."""

    def __init__(self, site: Site, tally: Tally) -> None:
        self._url, self._tally = site.url, tally
        self.person, other, stranger = site.person("sue"), site.person("tom"), site.person("una")
        self.room, self.strangers_room = _room(self.person, other), _room(other, stranger)
        self._stranger = stranger
        self._used = self._ticket()
        self._converse(frame(_auth(self._used)))

    def say(self, script: Script) -> None:
        """Hold one conversation."""
        opening, ready = self._opening(script.opening)
        self._stranger_speaks()
        data = script.frames + opening if script.opening == "late" else opening + script.frames
        said = self._converse(data, script)
        if said is None:
            return
        self._tally.case(f"{said.status} {said.close_code or ''}".strip())
        if said.status != 101:
            fine = said.status in _TURNED_AWAY or said.status < 500
            self._tally.demand(fine, f"a handshake was answered {said.status}")
            return
        self._tally.demand(said.close_code in ENDINGS, f"closed with {said.close_code}")
        self._listen(said, may_be_ready=ready)
        if self._tally.cases % _CANARY_EVERY == 0:
            self._canary()

    def _converse(self, data: bytes, script: Script | None = None) -> Said | None:
        how: dict[str, Any] = {}
        if script is not None:
            how = {"headers": script.headers, "method": script.method, "step": script.step}
        try:
            return converse(self._url, data, **how)
        except HungUp as error:
            # A request that is no HTTP may be hung up on; one that is gets an answer.
            self._tally.case("hung up")
            self._tally.demand(bool(script and script.headers), f"hung up: {str(error)[:80]}")
        except (UnicodeEncodeError, ValueError):
            self._tally.case("not sent")
        except TimeoutError:
            self._tally.fault("no answer for a minute")
        except OSError:
            self._tally.case("reset")
        return None

    def _opening(self, how: str) -> tuple[bytes, bool]:
        """Return the first frames, and whether they may let anybody in."""
        if how in {"own", "late"}:
            return frame(_auth(self._ticket())), True
        if how == "twice":
            return frame(_auth(self._ticket())) + frame(_auth(self._used)), True
        forged = {"used": self._used, "forged": "A" * 43 + "=", "token": self.person.token[:100]}
        return (frame(_auth(forged[how])) if how in forged else b""), False

    def _listen(self, said: Said, *, may_be_ready: bool) -> None:
        for opcode, payload in said.frames:
            if opcode != TEXT:
                continue
            try:
                told = json.loads(payload)
            except ValueError:
                self._tally.fault("a frame that is no JSON came back")
                continue
            kind = told.get("t")
            self._tally.demand(may_be_ready or kind == "error", f"without a ticket came `{kind}`")
            self._tally.demand(told.get("code") != "internal", "an error of ours was told")
            leaked = self.strangers_room in payload.decode()
            self._tally.demand(not leaked or kind == "error", f"a stranger's room came as `{kind}`")

    def _stranger_speaks(self) -> None:
        """Have something happen that nobody here may hear of."""
        if self._tally.cases % 10 == 0:
            body = {"client_msg_id": str(self._tally.cases), "text": "not for Sue"}
            self._stranger.ask("POST", f"/v1/conversations/{self.strangers_room}/messages", body)

    def _canary(self) -> None:
        """See that somebody honest is let in, and answered."""
        wire = websocket.create_connection(f"ws{self._url.removeprefix('http')}/v1/ws", timeout=60)
        try:
            wire.send(_auth(self._ticket()).decode())
            self._tally.demand(json.loads(wire.recv())["t"] == "ready", "somebody honest was not let in")
            wire.send('{"t":"ping"}')
            while (told := json.loads(wire.recv()))["t"] not in {"pong", "error"}:
                continue
            self._tally.demand(told["t"] == "pong", "somebody honest was not answered")
        except (OSError, ValueError, websocket.WebSocketException) as error:
            self._tally.fault(f"somebody honest was let down: {type(error).__name__}")
        finally:
            wire.close()

    def _ticket(self) -> str:
        return str(self.person.need("POST", "/v1/ws-ticket")["ticket"])


def _auth(ticket: str) -> bytes:
    return json.dumps({"t": "auth", "ticket": ticket}).encode()


def _room(one: Person, other: Person) -> str:
    body = {"kind": "group", "title": "Fuzz", "member_ids": [other.id]}
    return str(one.need("POST", "/v1/conversations", body)["id"])


def run(site: Site, budget: Budget) -> Tally:
    """Hold conversations until the time is over."""
    tally = Tally("websocket")
    talker = Talker(site, tally)
    budget.explore(scripts(talker.room, talker.strangers_room), talker.say)
    return tally
