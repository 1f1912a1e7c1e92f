"""Read marks are told after the answer: the furthest one, and never at the reader's cost."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import gevent
import pytest

from contracts.base import Unavailable
from gateway_flask import read_marks
from gateway_flask.metrics import READ_MARKS
from gateway_flask.operation import Call
from gateway_flask.read_marks import MOST_WAITING, ReadMarks


class _Service:
    """Stands in for the bus: keeps what it is told, and may be slow or away."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []
        self.open = gevent.event.Event()
        self.error: Exception | None = None

    def call(self, service: str, method: str, told: dict[str, Any], **_: Any) -> None:
        assert (service, method) == ("subscriptions", "mark_conversation_read")
        self.open.wait()
        self.told.append((told["conversation_id"], told["up_to_seq"]))
        if self.error is not None:
            raise self.error


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> _Service:
    made = _Service()
    monkeypatch.setattr(read_marks, "rpc_call", made.call)
    return made


def _call(user_id: str = "ana") -> Call:
    call = Call({})
    call._me = SimpleNamespace(user_id=user_id)  # type: ignore[assignment]
    return call


def _count(outcome: str) -> float:
    return float(READ_MARKS.labels(outcome)._value.get())


def test_of_marks_that_wait_the_furthest_is_told(service: _Service) -> None:
    marks = ReadMarks()
    for seq in (3, 9, 5):
        marks.add(_call(), "room", seq)
    marks.add(_call("ben"), "room", 1)
    assert service.told == []
    service.open.set()
    gevent.wait()
    assert service.told == [("room", 9), ("room", 1)]


@pytest.mark.parametrize("error", [Unavailable(), RuntimeError("broken")])
def test_a_failure_is_counted_and_the_next_mark_is_told(service: _Service, error: Exception) -> None:
    marks, before = ReadMarks(), _count("failed")
    service.error = error
    service.open.set()
    for room in ("a", "b"):
        marks.add(_call(), room, 1)
    gevent.wait()
    assert (service.told, _count("failed") - before) == ([("a", 1), ("b", 1)], 2)
    marks.add(_call(), "c", 1)
    gevent.wait()
    assert service.told[-1] == ("c", 1)


def test_while_the_service_hangs_only_so_many_wait(service: _Service) -> None:
    marks, before = ReadMarks(), _count("dropped")
    for number in range(MOST_WAITING + 7):
        marks.add(_call(), f"room {number}", 1)
    assert _count("dropped") - before == 7
    service.open.set()
    gevent.wait()
    assert len(service.told) == MOST_WAITING
