"""Bad input of every sort: a clear refusal with a stable code, and never a 5xx."""

from __future__ import annotations

import base64
import json
import os
import time
import uuid
from pathlib import Path
from typing import Any

import jwt
import pytest
from client import Person, ask, base_url
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_DEEP = b'{"client_msg_id":"a","text":' + b"[" * 1_000 + b"]" * 1_000 + b"}"

BODIES: list[tuple[str, bytes, int, str]] = [
    ("empty", b"", 400, "body_missing"),
    ("no json", b"{", 400, "invalid_json"),
    ("trailing comma", b'{"client_msg_id":"a",}', 400, "invalid_json"),
    ("two values", b"{} {}", 400, "invalid_json"),
    ("NaN", b'{"client_msg_id":"a","ttl_s":NaN}', 400, "not_a_number"),
    ("Infinity", b'{"client_msg_id":"a","ttl_s":Infinity}', 400, "not_a_number"),
    ("-Infinity", b'{"client_msg_id":"a","ttl_s":-Infinity}', 400, "not_a_number"),
    ("1e999", b'{"client_msg_id":"a","ttl_s":1e999}', 400, "number_out_of_range"),
    ("a huge integer", b'{"client_msg_id":"a","ttl_s":' + b"9" * 5_000 + b"}", 400, "number_out_of_range"),
    ("NUL", b'{"client_msg_id":"a","text":"a\\u0000b"}', 400, "nul_character"),
    ("NUL in a key", b'{"client_msg_id":"a","te\\u0000xt":"b"}', 400, "nul_character"),
    ("raw control character", b'{"client_msg_id":"a","text":"a\x00b"}', 400, "invalid_json"),
    ("lone surrogate", b'{"client_msg_id":"a","text":"\\ud800"}', 400, "lone_surrogate"),
    ("not UTF-8", b'{"client_msg_id":"a","text":"\xff\xfe"}', 400, "not_utf8"),
    ("duplicate key", b'{"client_msg_id":"a","text":"x","text":"y"}', 400, "duplicate_key"),
    ("depth 1,000", _DEEP, 400, "too_deep"),
    ("unknown field", b'{"client_msg_id":"a","text":"x","nope":1}', 400, "unknown_field"),
    ("missing field", b'{"text":"x"}', 400, "missing_field"),
    ("number for a text", b'{"client_msg_id":"a","text":7}', 400, "invalid_field"),
    ("text for a number", b'{"client_msg_id":"a","text":"x","ttl_s":"7"}', 400, "invalid_field"),
    ("a list", b"[]", 400, "invalid_field"),
    ("null", b"null", 400, "invalid_field"),
    ("too long a text", b'{"client_msg_id":"a","text":"' + b"x" * 8_001 + b'"}', 400, "invalid_field"),
    ("empty client id", b'{"client_msg_id":"","text":"x"}', 400, "invalid_field"),
    ("no id", b'{"client_msg_id":"a","text":"x","reply_to":"7"}', 400, "invalid_field"),
    ("unknown reply", json.dumps(
        {"client_msg_id": "a", "text": "x", "reply_to": str(uuid.uuid4())}).encode(), 400, "reply_invalid"),
    ("a moment without a zone", b'{"client_msg_id":"a","text":"x","send_at":"2030-01-01T00:00:00"}', 400,
     "invalid_field"),
    ("the year 0001", b'{"client_msg_id":"a","text":"x","send_at":"0001-01-01T00:00:00+14:00"}', 400,
     "invalid_field"),
    ("10 MB", b'{"client_msg_id":"a","text":"' + b"x" * 10_000_000 + b'"}', 413, "body_too_large"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status", "code"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES])
def test_a_bad_body_is_refused(ana: Person, shared_group: str, body: bytes, status: int, code: str) -> None:
    reply = ana.ask("POST", f"/v1/conversations/{shared_group}/messages", raw=body)
    assert (reply.status, reply.code) == (status, code), reply.raw[:300]


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", ""]
)
def test_another_content_type_is_refused(ana: Person, shared_group: str, kind: str) -> None:
    reply = ana.ask("POST", f"/v1/conversations/{shared_group}/messages", raw=b"{}", headers={"Content-Type": kind})
    assert (reply.status, reply.code) == (415, "unsupported_media_type")


def test_an_escaped_backslash_before_u0000_is_text(ana: Person, shared_group: str) -> None:
    assert ana.send(shared_group, "write \\u0000 like this").status == 201


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/v1/search?q=a%00b", 400, "nul_character"),
        ("/v1/search?q=%ff", 400, "not_utf8"),
        ("/v1/search?q=a&q=b", 400, "duplicate_key"),
        ("/v1/search?q=a&nope=1", 400, "unknown_field"),
        ("/v1/search", 400, "missing_field"),
        ("/v1/search?q=a&limit=0", 400, "invalid_field"),
        ("/v1/search?q=a&limit=1e3", 400, "invalid_field"),
        ("/v1/search?q=a&limit=" + "9" * 400, 400, "invalid_field"),
        ("/v1/conversations?after=garbage", 400, None),
        ("/v1/conversations/not-an-id", 404, "unknown_path"),
        ("/v1/conversations/%00", 400, None),
        ("/v1/conversations/{unknown}", 404, "unknown_conversation"),
        ("/v1/conversations/{unknown}/messages", 404, "unknown_conversation"),
        ("/v1/messages/{unknown}", 404, "unknown_message"),
        ("/v1/users/{unknown}", 404, "unknown_user"),
        ("/v1/poll?cursor=garbage!", 400, "cursor_invalid"),
        ("/v1/poll?cursor=gA", 400, "cursor_invalid"),
        ("/v1/users/me?x=1", 400, "unknown_field"),
        ("/v1/ws", 400, "websocket_expected"),
        ("/v1/nothing", 404, "unknown_path"),
    ],
)
def test_a_bad_address_is_refused(ana: Person, unknown_id: str, path: str, status: int, code: str | None) -> None:
    reply = ana.ask("GET", path.replace("{unknown}", unknown_id))
    assert reply.status == status, reply.raw
    assert code is None or reply.code == code


def test_a_wrong_method_says_which_are_right(ana: Person) -> None:
    reply = ana.ask("DELETE", "/v1/users/me")
    assert (reply.status, reply.code) == (405, "method_not_allowed")
    assert reply.headers["Allow"] == "GET, HEAD, PATCH"


def _claims(person: Person, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    real = jwt.decode(person.token, options={"verify_signature": False})
    return {**real, "iat": now, "nbf": now, "exp": now + 300, **changes}


def _real_kid(person: Person) -> str:
    return str(jwt.get_unverified_header(person.token)["kid"])


def _public_bytes() -> bytes:
    key = ask("GET", "/.well-known/jwks.json").json["keys"][0]
    return base64.urlsafe_b64decode(key["x"] + "=")


def _real_key(kid: str) -> bytes:
    root = Path(__file__).resolve().parents[2]
    run_folder = Path(os.environ.get("CHARLA_RUN_DIR", root / ".run"))
    return (run_folder / "secrets" / "keys" / "auth" / f"{kid}.pem").read_bytes()


def _forged(ana: Person, how: str) -> str:
    kid = _real_kid(ana)
    if how == "alg none":
        return jwt.encode(_claims(ana), None, algorithm="none", headers={"kid": kid})
    if how == "HS256 with the public key":
        return jwt.encode(_claims(ana), _public_bytes(), algorithm="HS256", headers={"kid": kid})
    if how == "another kid":
        return jwt.encode(_claims(ana), Ed25519PrivateKey.generate(), algorithm="EdDSA", headers={"kid": "other"})
    if how == "another key under the real kid":
        return jwt.encode(_claims(ana), Ed25519PrivateKey.generate(), algorithm="EdDSA", headers={"kid": kid})
    if how == "a changed payload":
        head, _, signature = ana.token.split(".")
        payload = base64.urlsafe_b64encode(json.dumps(_claims(ana, roles=["admin"])).encode()).rstrip(b"=").decode()
        return f"{head}.{payload}.{signature}"
    changes = {
        "expired": {"exp": int(time.time()) - 120},
        "future nbf": {"nbf": int(time.time()) + 600},
        "another audience": {"aud": "elsewhere"},
        "another issuer": {"iss": "elsewhere"},
        "no subject": {"sub": None},
    }[how]
    return jwt.encode(_claims(ana, **changes), _real_key(kid).decode(), algorithm="EdDSA", headers={"kid": kid})


@pytest.mark.parametrize(
    "how",
    [
        "alg none", "HS256 with the public key", "another kid", "another key under the real kid", "a changed payload",
        "expired", "future nbf", "another audience", "another issuer", "no subject",
    ],
)  # fmt: skip
def test_a_forged_token_is_refused(ana: Person, how: str) -> None:
    try:
        token = _forged(ana, how)
    except FileNotFoundError:
        pytest.skip("the stack's keys are elsewhere")
    reply = ask("GET", "/v1/users/me", token=token)
    assert reply.status == 401, reply.raw
    assert reply.code == ("token_expired" if how == "expired" else "token_invalid")
    assert reply.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer " + "x" * 6_000, "Bearer a.b.c"])
def test_a_strange_authorization_is_refused(stack: str, header: str) -> None:
    assert ask("GET", "/v1/users/me", headers={"Authorization": header}).status == 401


def test_an_answer_carries_id_trace_and_security_headers(ana: Person) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    reply = ana.ask("GET", "/v1/users/me", headers={"X-Request-Id": "my-id.1", "traceparent": trace})
    assert reply.headers["X-Request-Id"]  # a proxy may have named the request itself
    assert reply.headers["traceparent"][:52] == trace[:52]  # whether spans are made of it is ours to decide
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Cache-Control"] == "no-store"
    assert reply.headers["Content-Security-Policy"] == "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    assert reply.headers["Referrer-Policy"] == "no-referrer"
    assert reply.headers["Content-Type"] == "application/json"


def test_a_chunked_body_has_the_same_limit(ana: Person, shared_group: str) -> None:
    import requests

    pieces = (b"x" * 100_000 for _ in range(20))
    answer = requests.post(
        f"{base_url()}/v1/conversations/{shared_group}/messages", data=pieces, timeout=20,
        headers={"Authorization": f"Bearer {ana.token}", "Content-Type": "application/json"},
    )  # fmt: skip
    assert answer.status_code == 413
