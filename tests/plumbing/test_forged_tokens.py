"""Tokens written by hand, byte by byte: whatever is in them, they are refused by one of two errors, or really ours."""

from __future__ import annotations

import base64
import hmac
import json
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contracts.auth import TokenExpired, TokenInvalid
from fuzz.forged_tokens import DAY_S, HEADER, HEADERS, NOW, PAYLOADS, part, payload, signed, whole
from plumbing.identity import CLOCK_SKEW_S, Identity, verify_user_token
from tests.plumbing.keys import KeysDir

_CALM = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture
def ours(keys: KeysDir) -> Ed25519PrivateKey:
    """The key that signs for people."""
    found = serialization.load_pem_private_key((keys.path / "auth" / "user-1.pem").read_bytes(), None)
    assert isinstance(found, Ed25519PrivateKey)
    return found


def outcome(token: str) -> Identity | str:
    """Return who it lets in, or why nobody; any other error is a bug."""
    try:
        return verify_user_token(token)
    except (TokenInvalid, TokenExpired) as error:
        return error.code


def test_one_that_is_written_by_hand_and_signed_by_us_is_good(ours: Ed25519PrivateKey) -> None:
    assert isinstance(outcome(signed(ours, HEADER, payload())), Identity)


@pytest.mark.parametrize("how", HEADERS)
def test_another_header_is_refused(ours: Ed25519PrivateKey, how: str) -> None:
    assert outcome(signed(ours, HEADERS[how], payload())) == "token_invalid"


@pytest.mark.parametrize(
    "more",
    [
        {"jwk": {"kty": "OKP", "crv": "Ed25519"}},
        {"jku": "http://127.0.0.1:9/jwks.json"},
        {"x5u": "http://127.0.0.1:9/cert"},
    ],
    ids=lambda more: next(iter(more)),
)
def test_a_key_that_comes_along_is_not_looked_at(more: dict[str, Any]) -> None:
    theirs = Ed25519PrivateKey.generate()
    raw = theirs.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    if "jwk" in more:
        more = {"jwk": more["jwk"] | {"x": part(raw)}}
    header = json.dumps({"alg": "EdDSA", "kid": "user-1", **more}).encode()
    assert outcome(signed(theirs, header, payload())) == "token_invalid"


@pytest.mark.parametrize("form", ["PEM", "DER", "Raw"])
def test_our_public_key_is_nobodys_shared_secret(ours: Ed25519PrivateKey, form: str) -> None:
    shape = serialization.PublicFormat.Raw if form == "Raw" else serialization.PublicFormat.SubjectPublicKeyInfo
    secret = ours.public_key().public_bytes(getattr(serialization.Encoding, form), shape)
    header, body = b'{"alg":"HS256","kid":"user-1"}', payload()
    forged = whole(header, body, hmac.digest(secret, f"{part(header)}.{part(body)}".encode(), "sha256"))
    assert outcome(forged) == "token_invalid"


@pytest.mark.parametrize("how", PAYLOADS)
def test_other_claims_are_refused_even_with_our_signature(ours: Ed25519PrivateKey, how: str) -> None:
    assert outcome(signed(ours, HEADER, PAYLOADS[how])) == "token_invalid"


@pytest.mark.parametrize("exp", [0, -1, -(10**30), 1, 1.5, NOW - DAY_S])
def test_one_that_is_over_says_so(ours: Ed25519PrivateKey, exp: float) -> None:
    assert outcome(signed(ours, HEADER, payload(exp=exp))) == "token_expired"


def test_a_clock_may_be_ahead_a_little_and_no_more(ours: Ed25519PrivateKey) -> None:
    now = int(time.time())
    assert isinstance(outcome(signed(ours, HEADER, payload(nbf=now + CLOCK_SKEW_S // 2, iat=now))), Identity)
    assert outcome(signed(ours, HEADER, payload(nbf=now + CLOCK_SKEW_S + 60))) == "token_invalid"


@_CALM
@given(data=st.data())
def test_a_token_that_was_changed_anywhere_is_refused(ours: Ed25519PrivateKey, data: st.DataObject) -> None:
    good = signed(ours, HEADER, payload())
    place = data.draw(st.integers(0, len(good) - 1))
    letter = data.draw(st.characters())
    changed = data.draw(
        st.sampled_from([good[:place], good[:place] + letter + good[place + 1 :], good[:place] + letter + good[place:]])
    )
    if _bytes_of(changed) != _bytes_of(good):
        assert isinstance(outcome(changed), str)


def _bytes_of(token: str) -> list[bytes] | str:
    """Return what is in a token: the last letter of a part has bits that say nothing."""
    try:
        return [base64.urlsafe_b64decode(each + "=" * (-len(each) % 4)) for each in token.split(".")]
    except ValueError:
        return token


@_CALM
@given(st.binary(max_size=80), st.binary(max_size=80), st.binary(max_size=64))
@example(HEADER, b"{}", b"")
@example(HEADER, payload(), b"\x00" * 64)
def test_what_we_did_not_sign_is_refused(header: bytes, body: bytes, signature: bytes) -> None:
    assert outcome(whole(header, body, signature)) == "token_invalid"
    assert outcome(whole(HEADER, body, signature)) == "token_invalid"
