"""Messages that no honest client sends, to be thrown at every queue."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drill.broker import Outgoing

JSON = "application/json"
DEEP = 20_000
#: Close to the largest header table that fits into one frame of 128 KiB.
HUGE = 100_000


class _Touch:
    """Makes a file when unpickled: the proof that somebody unpickles."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.touch, (self._path,)


def unreadable(trap: Path) -> dict[str, Outgoing]:
    """Return bodies and properties that cannot be a call or an event, by what is wrong with them.

    Args:
        trap: A file that appears if anything ever unpickles what it gets.
    """
    evil = pickle.dumps(_Touch(trap))
    right = json.dumps({"args": [], "kwargs": {}}).encode()
    return {
        "garbage": Outgoing(b"\xff\xfe\x00garbage\x80", {"content_type": JSON}),
        "garbage without a type": Outgoing(b"\x00\x01\x02"),
        "empty": Outgoing(b"", {"content_type": JSON}),
        "cut off": Outgoing(b'{"args": [], "kwargs": {"a', {"content_type": JSON}),
        "a number": Outgoing(b"7", {"content_type": JSON}),
        "a list": Outgoing(b"[[]]", {"content_type": JSON}),
        "null": Outgoing(b"null", {"content_type": JSON}),
        "nested deep": Outgoing(b"[" * DEEP + b"]" * DEEP, {"content_type": JSON}),
        "text": Outgoing(right, {"content_type": "text/plain"}),
        "yaml": Outgoing(b"!!python/object/apply:os.abort []", {"content_type": "application/x-yaml"}),
        "pickle": Outgoing(evil, {"content_type": "application/x-python-serialize", "content_encoding": "binary"}),
        "pickle called JSON": Outgoing(evil, {"content_type": JSON, "content_encoding": "binary"}),
        "said to be gzip": Outgoing(b"\x1f\x8b\x08\x00", {"content_type": JSON, "content_encoding": "gzip"}),
        "unknown encoding": Outgoing(b"\xff{}", {"content_type": JSON, "content_encoding": "klingon-8"}),
        "huge headers": Outgoing(b"{", {"content_type": JSON, "application_headers": {"x-noise": "n" * HUGE}}),
        "odd headers": Outgoing(b"{", {"content_type": JSON, "application_headers": odd_headers()}),
    }


def odd_headers() -> dict[str, Any]:
    """Return the headers that Charla reads, with values of the wrong kind."""
    return {
        "nameko.call_id_stack": 5,
        "nameko.deadline": "soon",
        "nameko.token": {"not": "a token"},
        "nameko.traceparent": [1, 2],
        "x-attempt": "many",
        "x-death": "never",
    }


def bad_calls(methods: dict[str, dict[str, Any]]) -> dict[str, tuple[str, Outgoing]]:
    """Return calls that can be read but not obeyed, as (routing key, message), by what is wrong.

    Args:
        methods: Right arguments of one method of each service, by `service.method`.
    """
    found = {}
    for key, kwargs in methods.items():
        service = key.partition(".")[0]
        found[f"{key} without reply_to"] = (key, _call(kwargs))
        found[f"{key} with wrong arguments"] = (key, _call({"colour": "blue"}))
        found[f"{key} with positional arguments"] = (key, _call({}, args=[1, 2, 3]))
        found[f"{key} with odd headers"] = (key, _call(kwargs, headers=odd_headers()))
        found[f"{key} with arguments of the wrong kind"] = (key, _call(dict.fromkeys(kwargs, {"a": [None]})))
        found[f"{service} without such a method"] = (f"{service}.__class__", _call({}))
    return found


def _call(kwargs: dict[str, Any], args: list[Any] | None = None, headers: dict[str, Any] | None = None) -> Outgoing:
    body = json.dumps({"args": args or [], "kwargs": kwargs}).encode()
    return Outgoing(body, {"content_type": JSON, "content_encoding": "utf-8", "application_headers": headers or {}})
