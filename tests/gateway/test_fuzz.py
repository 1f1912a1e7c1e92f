"""Sockets take what no honest client says, and nobody falls: handshakes, frames bit by bit, words without sense."""

from __future__ import annotations

import json
import os
import string
import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest
from client import Person, WebSocket, ask, base_url
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.raw_socket import CLOSE, Said, converse, frame
from stack.running import load

#: How a socket may end: by the protocol's own codes for a client's mistakes, or by ours. 1011 is a server's mistake.
ENDINGS = {None, 1000, 1002, 1003, 1005, 1007, 1009, 4400, 4401, 4413, 4429}
_CALM = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture(scope="module", autouse=True)
def nobody_falls(stack: str) -> Iterator[None]:
    """The processes of all gateways are the same ones afterwards."""
    before = _processes()
    yield
    assert _processes() == before
    assert ask("GET", "/readyz").status in (200, 404)


def _processes() -> dict[int, float]:
    running = load(os.environ.get("CHARLA_RUN_DIR"))
    masters = [running.pid(name) for name in running.programs if name in ("gateway", "gateway-2")]
    found = [each for pid in masters for each in (psutil.Process(pid), *psutil.Process(pid).children())]
    return {each.pid: each.create_time() for each in found}


def _shaken(data: bytes, **how: Any) -> Said:
    """Converse, again where the door's limit for sockets comes first."""
    deadline = time.monotonic() + 60
    while (said := converse(base_url(), data, **how)).status == 429 and time.monotonic() < deadline:
        time.sleep(0.5)
    return said


_payloads = st.one_of(
    st.binary(max_size=300),
    st.sampled_from(
        [b'{"t":"auth","ticket":"x"}', b'{"t":"ping"}', b"[" * 400, b'"\\ud800"', b"\xff\xfe", b"\x03\xe9bye"]
    ),
)
_frames = st.builds(
    frame,
    _payloads,
    opcode=st.one_of(st.sampled_from([0, 1, 2, 8, 9, 10]), st.integers(0, 15)),
    flags=st.one_of(st.just(0x8), st.integers(0, 15)),
    masked=st.one_of(st.just(True), st.booleans()),
    more=st.sampled_from([0, 0, 0, 70_000, 1 << 40]),
)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(b"hello", masked=False), 1002),
        (frame(b"hello", 3), 1002),
        (frame(b"hello", flags=0xC), 1002),
        (frame(b"", 0), 1002),
        (frame(b"x" * 126, 9), 1002),
        (frame(b"\xff\xfe"), 1007),
        (frame(b"", more=1 << 40), 1009),
        (frame(b"hello"), 4401),
        (frame(b"", CLOSE), 1000),
    ],
    ids=["unmasked", "opcode", "reserved", "continued", "long ping", "no utf-8", "huge", "no auth", "close"],
)
def test_each_mistake_has_its_code(stack: str, data: bytes, code: int) -> None:
    assert _shaken(data).close_code == code


@_CALM
@given(st.lists(_frames, min_size=1, max_size=6))
def test_frames_that_no_library_sends_end_the_socket_with_a_code(data: list[bytes]) -> None:
    said = _shaken(b"".join(data))
    assert said.status == 101
    assert said.close_code in ENDINGS


@_CALM
@given(st.binary(min_size=1, max_size=600))
def test_noise_after_the_handshake_ends_the_socket(data: bytes) -> None:
    said = _shaken(data)
    assert said.status == 101
    assert said.close_code in ENDINGS


_headers = st.dictionaries(
    st.sampled_from(
        ["Upgrade", "Connection", "Sec-WebSocket-Version", "Sec-WebSocket-Key", "Sec-WebSocket-Extensions"]
    ),
    st.one_of(
        st.none(), st.text(string.printable.strip(), max_size=60), st.sampled_from(["8", "0", "websocket,", "close"])
    ),
    min_size=1,
    max_size=3,
)


@_CALM
@given(_headers, st.sampled_from(["GET", "GET", "POST", "PUT", "DELETE", "OPTIONS"]))
def test_a_broken_handshake_is_a_clients_mistake(headers: dict[str, str | None], method: str) -> None:
    said = _shaken(frame(b"\x03\xe8", CLOSE), headers=headers, method=method)
    assert said.status == 101 or 200 <= said.status < 500


_plain = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=40))
_values = st.recursive(
    _plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_kinds = st.sampled_from(["auth", "typing", "watch", "unwatch", "ping", "pong", "event", "ready", "drain", "error"])


def _words(group: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return frames of the right grammar: names that are known, and values of any kind."""
    return st.fixed_dictionaries(
        {"t": st.one_of(_kinds, _values)},
        optional={"conv": st.one_of(st.just(group), _values), "ticket": _values, "device": _values, "more": _values},
    )


@_CALM
@given(data=st.data())
def test_words_without_sense_are_answered(
    ana: Person, group: str, open_socket: Callable[..., WebSocket], data: st.DataObject
) -> None:
    socket = open_socket(ana)
    for words in data.draw(st.lists(_words(group), min_size=1, max_size=4)):
        socket.say_raw(json.dumps(words))
    socket.say({"t": "ping"})
    codes = []
    while (came := socket.next()) is not None and came != {"t": "pong"}:
        if came["t"] == "error":
            codes.append(came["code"])
    assert "internal" not in codes
    assert came is not None or socket.close_code in ENDINGS
    socket.close()
