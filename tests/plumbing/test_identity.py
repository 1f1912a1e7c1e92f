"""Who asks: tokens of every kind that must not pass, and those that must."""

from __future__ import annotations

import hmac
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from jwt.utils import base64url_encode

from contracts.auth import TokenExpired, TokenInvalid
from contracts.base import Forbidden, Unauthenticated
from plumbing import identity
from plumbing.context import CallContext, working_on
from plumbing.identity import (
    CallerIdentity,
    TokenSigner,
    service_token,
    verify_token,
    verify_user_token,
)
from tests.plumbing.keys import KeysDir


@pytest.fixture
def me(keys: KeysDir, name: str) -> str:
    """This service, with a key of its own."""
    keys.add(name, name, "own-1")
    return name


def claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    whole = {
        "iss": "charla-auth",
        "aud": "charla",
        "sub": "u1",
        "sid": "s1",
        "roles": ["user"],
        "iat": now,
        "nbf": now,
        "exp": now + 300,
    } | changed
    return {key: value for key, value in whole.items() if value is not None}


def signed(keys: KeysDir, kid: str = "user-1", folder: str = "auth", **changed: Any) -> str:
    pem = (keys.path / folder / f"{kid}.pem").read_bytes()
    return jwt.encode(claims(**changed), pem, "EdDSA", headers={"kid": kid})


def test_good_token_tells_who_it_is(keys: KeysDir) -> None:
    who = verify_user_token(signed(keys, roles=["user", "admin"]))
    assert (who.issuer, who.user_id, who.session_id, who.roles) == ("charla-auth", "u1", "s1", ("user", "admin"))


def test_token_of_the_signer_is_good(keys: KeysDir) -> None:
    token = TokenSigner(keys.path / "auth", "charla-auth").sign({"aud": "charla", "sub": "u1", "sid": "s1"}, 60)
    assert verify_user_token(token).user_id == "u1"


def test_token_without_algorithm_is_refused() -> None:
    with pytest.raises(TokenInvalid):
        verify_token(jwt.encode(claims(), None, "none", headers={"kid": "user-1"}))


@pytest.mark.parametrize(
    ("encoding", "shape"),
    [("Raw", "Raw"), ("PEM", "SubjectPublicKeyInfo"), ("DER", "SubjectPublicKeyInfo")],
)
def test_token_signed_with_the_public_key_as_a_shared_secret_is_refused(
    keys: KeysDir, encoding: str, shape: str
) -> None:
    key = serialization.load_pem_private_key((keys.path / "auth" / "user-1.pem").read_bytes(), None)
    secret = key.public_key().public_bytes(
        getattr(serialization.Encoding, encoding), getattr(serialization.PublicFormat, shape)
    )
    told = [json.dumps(each).encode() for each in ({"alg": "HS256", "kid": "user-1"}, claims())]
    signed_part = b".".join(base64url_encode(each) for each in told)
    signature = base64url_encode(hmac.digest(secret, signed_part, "sha256"))
    with pytest.raises(TokenInvalid):
        verify_token(b".".join([signed_part, signature]).decode())


def test_unknown_kid_is_refused(keys: KeysDir) -> None:
    keys.add("auth", "charla-auth", "unpublished", published=False)
    with pytest.raises(TokenInvalid):
        verify_token(signed(keys, "unpublished"))


@pytest.mark.parametrize("kid", [None, 5, ["user-1"], {"kid": "user-1"}])
def test_kid_that_is_no_text_is_refused(keys: KeysDir, kid: object) -> None:
    pem = (keys.path / "auth" / "user-1.pem").read_bytes()
    head = base64url_encode(json.dumps({"alg": "EdDSA", "kid": kid}).encode()).decode()
    token = ".".join([head, *jwt.encode(claims(), pem, "EdDSA").split(".")[1:]])
    with pytest.raises(TokenInvalid):
        verify_token(token)


def test_service_cannot_sign_for_people(keys: KeysDir, me: str) -> None:
    with pytest.raises(TokenInvalid):
        verify_token(signed(keys, "own-1", me))


def test_kid_of_another_key_is_refused(keys: KeysDir, me: str) -> None:
    pem = (keys.path / me / "own-1.pem").read_bytes()
    with pytest.raises(TokenInvalid):
        verify_token(jwt.encode(claims(), pem, "EdDSA", headers={"kid": "user-1"}))


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "another"},
        {"iss": "another"},
        {"nbf": int(time.time()) + 3_600},
        {"sub": None},
        {"sid": None},
        {"sub": 5},
        {"exp": None},
        {"iat": None},
        {"nbf": None},
        {"aud": None},
        {"iss": None},
        {"exp": "soon"},
        {"roles": 5},
        {"roles": [1, 2]},
        {"roles": "admin"},
    ],
    ids=str,
)
def test_token_with_wrong_claims_is_refused(keys: KeysDir, changed: dict[str, Any]) -> None:
    with pytest.raises(TokenInvalid):
        verify_user_token(signed(keys, **changed))


def test_a_token_of_a_machine_whose_clock_is_a_little_ahead_is_good(keys: KeysDir) -> None:
    soon = int(time.time()) + 4
    assert verify_user_token(signed(keys, iat=soon, nbf=soon, exp=soon + 300)).user_id == "u1"


def test_a_clock_that_may_be_behind_lets_no_token_live_longer(keys: KeysDir) -> None:
    for over in (1, 4):
        with pytest.raises(TokenExpired):
            verify_user_token(signed(keys, exp=int(time.time()) - over))


def test_expired_token_is_told_apart(keys: KeysDir) -> None:
    with pytest.raises(TokenExpired):
        verify_token(signed(keys, exp=int(time.time()) - 1))


def test_token_expires_also_where_it_was_seen_before(keys: KeysDir, monkeypatch: pytest.MonkeyPatch) -> None:
    token = signed(keys)
    verify_token(token)
    later = time.time() + 301
    monkeypatch.setattr(identity.time, "time", lambda: later)
    with pytest.raises(TokenExpired):
        verify_token(token)


@pytest.mark.parametrize(
    "token",
    ["", "garbage", "a.b.c", "..", "\ud800", "é.é.é", "x" * 5_000, None, 5, b"bytes", ["list"], {"a": 1}],
    ids=lambda each: repr(each)[:20],
)
def test_what_is_no_token_is_refused(token: object) -> None:
    with pytest.raises(TokenInvalid):
        verify_token(token)


def test_good_token_that_is_huge_is_refused(keys: KeysDir) -> None:
    with pytest.raises(TokenInvalid):
        verify_token(signed(keys, padding="x" * identity.MAX_TOKEN_CHARS))


def test_changed_token_is_refused_also_where_the_right_one_was_seen(keys: KeysDir) -> None:
    token = signed(keys)
    verify_token(token)
    head, body, signature = token.split(".")
    for changed in (f"{head}.{body}.{signature[:-4]}AAAA", f"{head}.{body}A.{signature}", f"{head}.{body}."):
        with pytest.raises(TokenInvalid):
            verify_token(changed)


class TestServices:
    def test_service_token_names_its_issuer(self, me: str) -> None:
        who = verify_token(service_token(me))
        assert (who.issuer, who.user_id, who.roles) == (me, "", ())

    def test_service_token_for_another_service_is_refused(self, me: str) -> None:
        with pytest.raises(TokenInvalid):
            verify_token(service_token("somebody-else"))

    def test_service_token_for_people_is_refused(self, me: str) -> None:
        with pytest.raises(TokenInvalid):
            verify_token(service_token("charla"))

    def test_service_token_makes_nobody_a_person(self, keys: KeysDir, me: str) -> None:
        token = signed(keys, "own-1", me, iss=me, aud=me)
        assert verify_token(token).user_id == ""
        with pytest.raises(TokenInvalid):
            verify_user_token(token)

    def test_service_token_lives_a_minute(self, me: str) -> None:
        assert verify_token(service_token(me)).expires_at <= time.time() + 60

    def test_service_token_is_used_for_half_of_its_life(self, me: str, monkeypatch: pytest.MonkeyPatch) -> None:
        begun, first, other = time.time(), service_token(me), service_token("somebody-else")
        assert (service_token(me), service_token("somebody-else")) == (first, other)
        monkeypatch.setattr(identity.time, "time", lambda: begun + 29)
        assert service_token(me) == first
        monkeypatch.setattr(identity.time, "time", lambda: begun + 31)
        fresh = jwt.decode(service_token(me), options={"verify_signature": False})
        assert fresh["exp"] >= int(begun) + 90
        assert service_token("somebody-else") != other

    def test_auth_signs_for_itself_with_its_own_key_and_not_with_the_one_for_people(
        self, keys: KeysDir, environment: Any
    ) -> None:
        keys.add("auth-service", "auth", "auth-own")
        environment(SERVICE_NAME="auth")
        token = service_token("auth")
        assert jwt.get_unverified_header(token)["kid"] == "auth-own"
        assert verify_token(token).issuer == "auth"


class TestRotation:
    def test_key_that_appears_while_running_is_found(self, keys: KeysDir, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(identity, "_RELOAD_AFTER_S", 0)
        verify_token(signed(keys))
        keys.add("auth", "charla-auth", "user-2")
        assert verify_token(signed(keys, "user-2")).user_id == "u1"
        assert verify_token(signed(keys)).user_id == "u1"

    def test_unknown_kids_do_not_make_the_file_be_read_each_time(
        self, keys: KeysDir, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        verify_token(signed(keys))
        read: list[None] = []
        monkeypatch.setattr(identity.codec, "decode", lambda raw: read.append(None))
        keys.publish()
        for _ in range(10):
            with pytest.raises(TokenInvalid):
                verify_token(jwt.encode(claims(), (keys.path / "auth/user-1.pem").read_bytes(), "EdDSA", {"kid": "x"}))
        assert read == []

    @pytest.mark.parametrize("content", [None, b"", b"{", b"{}", b'{"keys":[{"kid":"a"}]}'])
    def test_known_keys_stay_while_the_file_cannot_be_read(
        self, keys: KeysDir, monkeypatch: pytest.MonkeyPatch, content: bytes | None
    ) -> None:
        monkeypatch.setattr(identity, "_RELOAD_AFTER_S", 0)
        verify_token(signed(keys))
        keys.add("auth", "charla-auth", "user-2", published=False)
        path = keys.path / "jwks.json"
        path.unlink() if content is None else path.write_bytes(content)
        with pytest.raises(TokenInvalid):
            verify_token(signed(keys, "user-2"))
        assert verify_token(signed(keys, sub="u2")).user_id == "u2"
        keys.publish()
        assert verify_token(signed(keys, "user-2")).user_id == "u1"

    def test_signer_takes_the_newest_key(self, keys: KeysDir, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(identity, "_RELOAD_AFTER_S", 0)
        signer = TokenSigner(keys.path / "auth", "charla-auth")
        first = jwt.get_unverified_header(signer.sign({}, 60))["kid"]
        keys.add("auth", "charla-auth", "a-newer-one")
        assert (first, jwt.get_unverified_header(signer.sign({}, 60))["kid"]) == ("user-1", "a-newer-one")


class TestCaller:
    def test_person_is_the_one_of_the_call(self, keys: KeysDir) -> None:
        with working_on(CallContext(token=signed(keys))):
            assert CallerIdentity().user().user_id == "u1"

    def test_call_without_token_is_unauthenticated(self) -> None:
        for ask in (CallerIdentity().user, lambda: CallerIdentity().service("gateway")):
            with working_on(CallContext()), pytest.raises(Unauthenticated):
                ask()

    def test_only_named_services_are_let_in(self, me: str) -> None:
        with working_on(CallContext(token=service_token(me))):
            assert CallerIdentity().service("gateway", me).issuer == me
            with pytest.raises(Forbidden):
                CallerIdentity().service("gateway")

    def test_person_is_no_service(self, keys: KeysDir) -> None:
        with working_on(CallContext(token=signed(keys))), pytest.raises(Forbidden):
            CallerIdentity().service("charla-auth", "gateway")
