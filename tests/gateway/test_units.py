"""The gateway's own pieces, without a stack."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import pytest
from msgspec import Meta

from contracts.auth import SessionEnded
from contracts.base import KINDS, Invalid, NotFound, ServiceError, TooMany
from gateway_flask import auth, body
from gateway_flask.errors import STATUS_OF_KIND, BodyTooLarge, problem
from gateway_flask.fields import Request
from gateway_flask.frames import Frame, close_wire
from gateway_flask.limits import LocalBuckets
from gateway_flask.operation import Call
from gateway_flask.poll_cursor import CursorInvalid, Heads, pack_cursor, unpack_cursor
from gateway_flask.routes import hooks
from plumbing import codec
from plumbing.identity import Identity
from plumbing.revocations import Revocations


class _Body(Request):
    name: Annotated[str, Meta(max_length=5)]
    tags: list[str] = []


def _environ(raw: bytes, kind: str = "application/json", **more: Any) -> dict[str, Any]:
    return {"wsgi.input": io.BytesIO(raw), "CONTENT_TYPE": kind, "CONTENT_LENGTH": str(len(raw)), **more}


def _code(raw: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        body.read_json(_environ(raw), _Body)
    return caught.value.code


def test_a_good_body_becomes_a_struct() -> None:
    found = body.read_json(_environ('{"name":"ñandú","tags":["a"]}'.encode()), _Body)
    assert (found.name, found.tags) == ("ñandú", ["a"])


_UTF8 = ["application/json", "application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"']


@pytest.mark.parametrize("charset", _UTF8)
def test_utf8_may_be_named(charset: str) -> None:
    assert body.read_json(_environ(b'{"name":"a"}', charset), _Body).name == "a"


def test_brackets_in_texts_are_not_depth() -> None:
    raw = b'{"name":"[[[[[","tags":["' + b"[" * 100 + b'\\"{{"]}'
    assert body.read_json(_environ(raw), _Body).name == "[[[[["


def test_depth_32_is_read_and_33_is_refused() -> None:
    assert body.parse(b"[" * 32 + b"]" * 32)
    with pytest.raises(Invalid, match="too_deep"):
        body.parse(b"[" * 33 + b"]" * 33)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b'{"name":"a","name":"b"}', "duplicate_key"),
        (b'{"name":"a","tags":[{"x":1,"x":2}]}', "duplicate_key"),
        (b'{"name":"\\u0000"}', "nul_character"),
        (b'{"name":"\\ud83d"}', "lone_surrogate"),
        (b'{"name":"toolong"}', "invalid_field"),
        (b'{"name":"a","x":1}', "unknown_field"),
        (b"{}", "missing_field"),
        (b"[NaN]", "not_a_number"),
        (b"[99999999999999999999]", "number_out_of_range"),
    ],
)
def test_a_bad_body_has_a_code(raw: bytes, code: str) -> None:
    assert _code(raw) == code


def test_an_emoji_written_as_a_pair_is_fine() -> None:
    assert body.parse(b'["\\ud83d\\ude00"]') == ["😀"]


def test_more_than_a_megabyte_is_refused_even_without_a_length() -> None:
    environ = _environ(b"x" * (body.MAX_BODY + 1))
    del environ["CONTENT_LENGTH"]
    with pytest.raises(BodyTooLarge):
        body.read_raw(environ)


def test_every_kind_of_error_has_a_status() -> None:
    assert set(KINDS) <= set(STATUS_OF_KIND)


def test_a_problem_carries_facts_but_they_replace_nothing() -> None:
    reply = problem(TooMany(retry_after_s=1.2, status=200, field="x"), "id-1", "/v1/x")
    document = codec.decode(reply.body)
    assert document["status"] == 429
    assert (document["field"], document["request_id"]) == ("x", "id-1")
    assert ("Retry-After", "2") in reply.headers


def test_an_internal_error_says_nothing_about_itself() -> None:
    assert codec.decode(problem(ServiceError(), "id").body)["detail"] == ServiceError.detail
    assert problem(NotFound(), "id").status == 404


def test_a_bucket_refuses_and_fills_up_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("gateway_flask.limits.time.monotonic", lambda: now[0])
    buckets = LocalBuckets(rate=2.0, burst=2.0)
    assert [buckets.take("a") for _ in range(3)] == [0.0, 0.0, 0.5]
    assert buckets.take("b") == 0.0
    now[0] += 0.5
    assert buckets.take("a") == 0.0


def test_a_webhook_is_limited_by_its_whole_address(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[tuple[str, str]] = []

    class Counting:
        def check(self, name: str, key: str) -> None:
            counted.append((name, key))
            raise TooMany(code="rate_limited", retry_after_s=1)

    monkeypatch.setattr(hooks, "limits", Counting)
    call = Call({}, 1.0)
    for secret in ("one", "one", "two"):
        with pytest.raises(TooMany):
            hooks.post_to_webhook.operation.handler(call, "id", secret)  # type: ignore[attr-defined]
    keys = [key for name, key in counted if name == "hook"]
    assert len(set(keys)) == 2
    assert keys[0] == keys[1]
    assert not any("one" in key for key in keys)


def test_a_long_frame_has_a_long_head() -> None:
    assert Frame(b"x" * 125).wire[:2] == b"\x81\x7d"
    assert Frame(b"x" * 126).wire[:4] == b"\x81\x7e\x00\x7e"
    assert Frame(b"x" * 70_000).wire[:10] == b"\x81\x7f" + (70_000).to_bytes(8, "big")
    assert close_wire(4413) == b"\x88\x02\x11\x3d"


def test_a_cursor_comes_back_as_it_went() -> None:
    conversations = {"01a20f95-1916-70f7-99c6-13cf1e6fe7b7": 7, "01a20f95-1916-70f7-99c6-13cf1e6fe7b8": 2**52}
    for channels in ({"01a20f95-1916-70f7-99c6-13cf1e6fe7b9": 3}, {}, None):
        heads = Heads(conversations, channels)
        assert unpack_cursor(pack_cursor(heads)) == heads


@pytest.mark.parametrize("garbage", ["!", "gA", "kwE", "kpCQkA", "kpEBwA", "é"])
def test_a_cursor_of_somebody_elses_making_is_refused(garbage: str) -> None:
    with pytest.raises(CursorInvalid):
        unpack_cursor(garbage)


def test_a_revoked_session_is_known_until_its_tokens_have_expired() -> None:
    known = Revocations()
    who = Identity("charla-auth", "user", "session", (), 0.0)
    assert not known.is_revoked(who, "")
    assert known.add("user", "session", "2020-01-01T00:00:00.000Z")
    assert not known.add("user", "session", "2020-01-01T00:00:00.000Z")
    assert known.is_revoked(who, "")
    known.forget_old()
    assert not known.is_revoked(who, "")


def test_a_token_of_an_ended_session_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    who, known = Identity("charla-auth", "user", "session", (), 0.0), Revocations()
    monkeypatch.setattr(auth, "verify_user_token", lambda _token: who)
    monkeypatch.setattr(auth, "revocations", known)
    assert auth.check_token("a good one") is who
    known.add("user", "session")
    with pytest.raises(SessionEnded):
        auth.check_token("a good one")


def test_the_gateway_imports_neither_nameko_nor_eventlet() -> None:
    code = (
        "import sys, gateway_flask.app, gateway_flask.lifecycle\n"
        "sys.exit(str([name for name in sys.modules if name.split('.')[0] in ('nameko', 'eventlet')] or ''))"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.stderr.strip() == ""
