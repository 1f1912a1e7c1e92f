"""Limits that were reached, and bodies that are refused, leave one line a person and minute."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from contracts.base import Conflict, Invalid, ServiceError, TooMany
from gateway_flask import operation
from gateway_flask.errors import BodyTooLarge, UnsupportedMediaType
from gateway_flask.once_a_minute import OnceAMinute
from gateway_flask.operation import Operation


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1_000.0]
    monkeypatch.setattr(operation, "_attempts", OnceAMinute(lambda: now[0]))
    return now


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as found:
        yield found


def refuse(error: ServiceError, address: str = "203.0.113.9") -> None:
    def handler(call: Any) -> None:
        raise error

    asked = Operation(handler=handler, name="some_operation", summary="", status=204, auth=False)
    environ = {
        "PATH_INFO": "/v1/x", "REMOTE_ADDR": address, "REQUEST_METHOD": "POST", "charla.request_id": "r1",
        "wsgi.url_scheme": "http",
    }  # fmt: skip
    asked.run(environ, {})


@pytest.mark.parametrize("error", [TooMany(code="rate_limited"), Invalid(), BodyTooLarge(), UnsupportedMediaType()])
@pytest.mark.usefixtures("clock")
def test_who_tries_is_named_and_what_they_sent_is_not(lines: list[Any], error: ServiceError) -> None:
    refuse(error)
    [line] = lines
    assert line == {
        "event": "refused", "log_level": "info", "operation": "some_operation", "why": error.code, "user_id": None,
        "address": "203.0.113.9", "request_id": "r1", "held_back": 0,
    }  # fmt: skip


def test_who_goes_on_leaves_one_line_a_minute(lines: list[Any], clock: list[float]) -> None:
    for _ in range(5):
        refuse(TooMany(code="rate_limited"))
    assert len(lines) == 1
    clock[0] += 59.9
    refuse(TooMany(code="rate_limited"))
    assert len(lines) == 1
    clock[0] += 0.1
    refuse(TooMany(code="rate_limited"))
    assert [line["held_back"] for line in lines] == [0, 5]


@pytest.mark.usefixtures("clock")
def test_others_are_told_of_as_well(lines: list[Any]) -> None:
    refuse(Invalid())
    refuse(Invalid(), "203.0.113.10")
    assert [line["address"] for line in lines] == ["203.0.113.9", "203.0.113.10"]


@pytest.mark.usefixtures("clock")
def test_a_limit_does_not_hide_behind_a_bad_body(lines: list[Any]) -> None:
    refuse(Invalid())
    refuse(TooMany())
    assert [line["why"] for line in lines] == ["invalid", "too_many"]


@pytest.mark.usefixtures("clock")
def test_what_is_nobodys_attempt_leaves_none(lines: list[Any]) -> None:
    refuse(Conflict())
    assert lines == []


def test_what_is_remembered_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway_flask.once_a_minute._MOST", 3)
    once = OnceAMinute(lambda: 0.0)
    assert [once.ask(key) for key in "abca"] == [0, 0, 0, None]
    assert [once.ask(key) for key in "da"] == [0, 0]
