"""Logs: JSON, with ids, and without what is nobody's business."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from plumbing import codec
from plumbing.context import CallContext, working_on
from plumbing.logs import JsonFormatter, get_logger
from plumbing.rpc import rpc
from plumbing.tracing import new_traceparent

TRACE = f"00-{'a' * 32}-{'b' * 16}-01"


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What was logged, as a service's process would write it."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lambda: [codec.decode(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)


def test_line_is_json_with_service_level_and_time(lines: Any, name: str) -> None:
    get_logger("here").info("thing_happened", thing_id="t1")
    (line,) = lines()
    assert (line["event"], line["thing_id"], line["level"], line["logger"]) == ("thing_happened", "t1", "info", "here")
    assert line["service"] == name
    assert line["timestamp"].endswith("Z")


def test_line_of_a_library_is_json_too(lines: Any, name: str) -> None:
    logging.getLogger("library").warning("about %s\nand more", "something")
    (line,) = lines()
    assert (line["event"], line["level"], line["service"]) == ("about something\nand more", "warning", name)


@pytest.mark.parametrize("key", ["token", "password", "text", "secret", "authorization", "refresh_token"])
def test_secrets_are_hidden(lines: Any, key: str) -> None:
    get_logger("here").info("thing_happened", **{key: "hunter2"})
    (line,) = lines()
    assert line[key] == "[hidden]"
    assert "hunter2" not in json.dumps(line)


@pytest.mark.parametrize("key", ["Password", "new_password", "access_token", "token_secret", "cookie", "body"])
def test_secrets_by_other_names_are_hidden_too(lines: Any, key: str) -> None:
    get_logger("here").info("thing_happened", **{key: "hunter2"})
    assert "hunter2" not in json.dumps(lines())


def test_secrets_inside_of_values_are_hidden(lines: Any) -> None:
    get_logger("here").info(
        "thing_happened", kwargs={"user_id": "u1", "password": "hunter2", "items": [{"text": "hunter2"}]}
    )
    (line,) = lines()
    assert "hunter2" not in json.dumps(line)
    assert line["kwargs"]["user_id"] == "u1"


def test_trace_of_the_call_is_in_each_line(lines: Any) -> None:
    with working_on(CallContext(traceparent=TRACE)):
        get_logger("here").info("thing_happened")
        logging.getLogger("library").info("too")
    get_logger("here").info("outside")
    inside, library, outside = lines()
    assert inside["trace_id"] == library["trace_id"] == "a" * 32
    assert "trace_id" not in outside


@pytest.mark.parametrize("value", [object(), b"\xff", {1, 2}, float("nan"), 10**400, ValueError("x")], ids=repr)
def test_line_is_json_whatever_is_logged(lines: Any, value: object) -> None:
    get_logger("here").info("thing_happened", value=value)
    assert lines()[0]["event"] == "thing_happened"


def test_exception_is_one_line(lines: Any) -> None:
    try:
        raise RuntimeError("first\nsecond")  # noqa: TRY301
    except RuntimeError:
        get_logger("here").exception("went_wrong")
    (line,) = lines()
    assert "RuntimeError: first" in line["exception"]
    assert line["level"] == "error"


def test_failed_call_is_logged_with_its_trace(lines: Any, name: str, run_service: Any, rpc_caller: Any) -> None:
    class Service:
        @rpc
        def fail(self) -> None:
            raise RuntimeError("why")

    Service.name = name
    run_service(Service)
    with pytest.raises(Exception, match="internal"):
        rpc_caller.call(name, "fail", {}, CallContext(traceparent=TRACE))
    (line,) = [each for each in lines() if each["event"] == "worker_failed"]
    assert line["trace_id"] == "a" * 32
    assert line["method"] == "fail"
    assert "RuntimeError: why" in line["exception"]


def test_new_traces_differ() -> None:
    assert new_traceparent() != new_traceparent()
    assert new_traceparent().count("-") == 3
