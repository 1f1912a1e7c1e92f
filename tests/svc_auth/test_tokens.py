from __future__ import annotations

import base64
import json
import time
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.auth import TokenExpired, TokenInvalid
from plumbing.identity import KeyRing, TokenSigner, TokenVerifier, verify_token
from svc_auth.actions import keys
from svc_auth.jobs import rotate_keys
from svc_auth.policy import ACCESS_TTL_S


@pytest.fixture
def signing(configured):
    """The kid and the private key that sign now."""
    newest = max((Path(configured.keys_dir) / "auth").glob("*.pem"), key=lambda path: path.stat().st_mtime)
    return newest.stem, serialization.load_pem_private_key(newest.read_bytes(), password=None)


@pytest.fixture
def claims():
    now = int(time.time())
    return {
        "iss": "charla-auth",
        "aud": "charla",
        "sub": "u",
        "sid": "s",
        "roles": ["user"],
        "iat": now,
        "nbf": now,
        "exp": now + 60,
    }


def signed(signing, claims, **headers):
    return jwt.encode(claims, signing[1], algorithm="EdDSA", headers={"kid": signing[0], **headers})


def test_an_access_token_names_the_person_the_session_and_the_roles(person):
    ada = person("ada")
    who = verify_token(ada.access_token)
    assert (who.user_id, who.session_id, who.roles) == (ada.user_id, ada.session_id, ("user",))


def test_an_access_token_lives_ten_minutes_and_names_its_key(person, signing):
    token = person("ada").access_token
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == ACCESS_TTL_S == 600
    assert {"iss", "aud", "sub", "sid", "iat", "nbf", "exp", "jti"} <= claims.keys()
    assert jwt.get_unverified_header(token) == {"alg": "EdDSA", "typ": "JWT", "kid": signing[0]}


def test_a_well_signed_token_is_believed(signing, claims):
    assert verify_token(signed(signing, claims)).user_id == "u"


def test_alg_none_is_refused(signing, claims):
    with pytest.raises(TokenInvalid):
        verify_token(jwt.encode(claims, None, algorithm="none", headers={"kid": signing[0]}))


def test_hs256_with_the_public_key_is_refused(signing, claims):
    raw = signing[1].public_key().public_bytes_raw()
    for secret in (raw, base64.urlsafe_b64encode(raw).rstrip(b"=")):
        with pytest.raises(TokenInvalid):
            verify_token(jwt.encode(claims, secret, algorithm="HS256", headers={"kid": signing[0]}))


def test_another_kid_is_refused(signing, claims):
    with pytest.raises(TokenInvalid):
        verify_token(signed(signing, claims, kid="unknown"))


def test_anothers_key_under_our_kid_is_refused(signing, claims):
    with pytest.raises(TokenInvalid):
        verify_token(signed((signing[0], Ed25519PrivateKey.generate()), claims))


def test_a_service_cannot_sign_for_people(configured, claims):
    forged = TokenSigner(Path(configured.keys_dir) / "gateway", "charla-auth").sign(claims, 60)
    with pytest.raises(TokenInvalid):
        verify_token(forged)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"exp": 1}, TokenExpired),
        ({"nbf": int(time.time()) + 3_600}, TokenInvalid),
        ({"iat": int(time.time()) + 3_600}, TokenInvalid),
        ({"aud": "messaging"}, TokenInvalid),
        ({"iss": "gateway"}, TokenInvalid),
        ({"sub": None}, TokenInvalid),
        ({"sub": 5}, TokenInvalid),
        ({"sid": None}, TokenInvalid),
    ],
)
def test_a_token_of_another_time_or_place_is_refused(signing, claims, change, error):
    with pytest.raises(error):
        verify_token(signed(signing, {**claims, **change}))


@pytest.mark.parametrize("missing", ["exp", "iat", "nbf", "iss", "aud", "sub", "sid"])
def test_a_token_without_a_claim_is_refused(signing, claims, missing):
    claims.pop(missing)
    with pytest.raises(TokenInvalid):
        verify_token(signed(signing, claims))


@pytest.mark.parametrize("token", [None, "", "a.b.c", "x" * 5_000, b"bytes", "\0"])
def test_what_is_no_token_is_refused(token):
    with pytest.raises(TokenInvalid):
        verify_token(token)


def test_a_changed_payload_is_refused(person):
    head, _, tail = person("ada").access_token.split(".")
    forged = base64.urlsafe_b64encode(json.dumps({"sub": "root"}).encode()).rstrip(b"=").decode()
    with pytest.raises(TokenInvalid):
        verify_token(f"{head}.{forged}.{tail}")


class TestRotation:
    @pytest.fixture
    def keys_dir(self, tmp_path):
        (tmp_path / "auth").mkdir()
        (tmp_path / "jwks.json").write_text('{"keys": []}')
        self.first = keys.announce(tmp_path, "auth", "charla-auth")
        keys.promote(tmp_path, "auth", self.first)
        return tmp_path

    def signed(self, keys_dir):
        claims = {"aud": "charla", "sub": "u", "sid": "s"}
        return TokenSigner(keys_dir / "auth", "charla-auth").sign(claims, 60)

    def verify(self, keys_dir, token):
        ring = KeyRing(keys_dir / "jwks.json")
        return TokenVerifier(ring, "charla-auth", "charla", "auth").verify(token)

    def kid(self, keys_dir):
        return jwt.get_unverified_header(self.signed(keys_dir))["kid"]

    def test_an_announced_key_is_public_but_does_not_sign(self, keys_dir):
        second = keys.announce(keys_dir, "auth", "charla-auth")
        assert self.kid(keys_dir) == self.first
        public = keys.public_jwks(keys_dir, "charla-auth")["keys"]
        assert {key["kid"] for key in public} == {self.first, second}

    def test_the_newest_key_signs_and_old_tokens_stay_good(self, keys_dir):
        old = self.signed(keys_dir)
        second = keys.announce(keys_dir, "auth", "charla-auth")
        keys.promote(keys_dir, "auth", second)
        assert self.kid(keys_dir) == second
        assert self.verify(keys_dir, old).user_id == self.verify(keys_dir, self.signed(keys_dir)).user_id == "u"

    def test_a_retired_key_is_gone_and_its_tokens_with_it(self, keys_dir):
        old = self.signed(keys_dir)
        second = keys.announce(keys_dir, "auth", "charla-auth")
        keys.promote(keys_dir, "auth", second)
        assert keys.retire(keys_dir, "auth", "charla-auth", after_s=0) == [self.first]
        assert not (keys_dir / "auth" / f"{self.first}.pem").exists()
        with pytest.raises(TokenInvalid):
            self.verify(keys_dir, old)

    def test_nothing_is_retired_while_its_tokens_live(self, keys_dir):
        keys.promote(keys_dir, "auth", keys.announce(keys_dir, "auth", "charla-auth"))
        assert keys.retire(keys_dir, "auth", "charla-auth", after_s=1_200) == []

    def test_retiring_keeps_an_announced_key_and_those_of_others(self, keys_dir):
        (keys_dir / "gateway").mkdir()
        other = keys.announce(keys_dir, "gateway", "gateway")
        waiting = keys.announce(keys_dir, "auth", "charla-auth")
        assert keys.retire(keys_dir, "auth", "charla-auth", after_s=0) == []
        kids = {key["kid"] for key in json.loads((keys_dir / "jwks.json").read_text())["keys"]}
        assert kids == {self.first, waiting, other}

    def test_private_keys_are_private(self, keys_dir):
        assert (keys_dir / "auth" / f"{self.first}.pem").stat().st_mode & 0o777 == 0o600

    def test_the_public_set_names_no_private_part_and_no_service(self, configured):
        public = keys.public_jwks(Path(configured.keys_dir), "charla-auth")["keys"]
        assert public
        assert all(key.keys() == {"kty", "crv", "x", "kid", "alg", "use"} for key in public)

    def test_the_job_rotates(self, configured, capsys):
        before = keys.public_jwks(Path(configured.keys_dir), "charla-auth")["keys"]
        kid = rotate_keys.run(spread_s=0)
        after = keys.public_jwks(Path(configured.keys_dir), "charla-auth")["keys"]
        assert {key["kid"] for key in after} == {*(key["kid"] for key in before), kid}
        assert kid in capsys.readouterr().out
