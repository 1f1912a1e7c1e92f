"""Signing in with a provider, through the door: what goes right, and every way in which it must not."""

from __future__ import annotations

import base64
import time
from urllib.parse import parse_qs, urlsplit

import eventlet
import jwt
import pytest
from sqlalchemy import select

from contracts.auth import (
    LoginThrottled,
    OidcDenied,
    OidcProviderAway,
    OidcRefused,
    OidcStateInvalid,
    SignUpClosed,
    UnknownProvider,
)
from contracts.base import Invalid
from svc_auth import policy
from svc_auth.actions import oidc_flows
from svc_auth.models import AuditEntry, UsedToken, User
from svc_auth.oidc import fetching, relying_party
from svc_auth.oidc.errors import ProviderAway
from tests.svc_auth.oidc_provider import Key, encoded
from tests.svc_auth.oidc_world import APP, HERE


def people(db):
    with db.reading() as session:
        return session.scalars(select(User)).all()


def refusals(db):
    """Return the reasons that the audit has for failed sign-ins."""
    with db.reading() as session:
        wanted = select(AuditEntry.facts).where(AuditEntry.action == "login_failed")
        return [facts["reason"] for facts in session.scalars(wanted)]


def test_the_providers_are_listed_without_secrets(oidc):
    listed = oidc.call("list_oidc_providers")
    assert listed == {"items": [{"id": "home", "name": "Home"}, {"id": "closed", "name": "Closed"}], "next": None}


def test_the_browser_is_sent_with_state_nonce_and_pkce(oidc):
    begun = oidc.start()
    parts = urlsplit(begun["authorize_url"])
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{oidc.home.issuer}/authorize"
    assert asked["redirect_uri"] == "https://chat.example.org/v1/auth/oidc/home/callback"
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 43
    assert begun["flow_token"] not in begun["authorize_url"]
    assert begun["expires_in"] == 600


def test_no_two_sign_ins_share_a_secret(oidc):
    asked = [parse_qs(urlsplit(oidc.start()["authorize_url"]).query) for _ in range(5)]
    for name in ("state", "nonce", "code_challenge"):
        assert len({query[name][0] for query in asked}) == 5


def test_beginning_stores_nothing(oidc, db):
    oidc.start()
    with db.reading() as session:
        assert session.scalars(select(UsedToken)).all() == []


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_a_first_sign_in_makes_an_account_and_the_next_one_finds_it(oidc, db, algorithm):
    oidc.home.rotate(algorithm)
    first = oidc.sign_in()
    assert first["user"]["username"] == "ada"
    assert first["user"]["display_name"] == "Ada Lovelace"
    assert first["user"]["has_password"] is False
    assert oidc.call("get_me", first["access_token"]) == first["user"]
    second = oidc.sign_in()
    assert second["user"]["id"] == first["user"]["id"]
    assert second["refresh_token"] != first["refresh_token"]
    assert len(people(db)) == 1


def test_the_token_request_proves_the_client_in_the_way_that_the_provider_takes(oidc):
    oidc.sign_in()
    assert "client_secret" not in oidc.home.forms[-1]
    relying_party.relying_parties.cache_clear()
    oidc.home.discovery = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    oidc.sign_in()
    assert oidc.home.forms[-1]["client_secret"] == oidc.home.secret


def test_a_public_client_has_pkce_alone(oidc):
    with pytest.raises(SignUpClosed):
        oidc.sign_in("closed")
    assert oidc.closed.forms[-1].keys() >= {"client_id", "code_verifier"}
    assert "client_secret" not in oidc.closed.forms[-1]


def test_discovery_and_keys_are_fetched_once(oidc):
    for _ in range(3):
        oidc.sign_in()
    assert oidc.home.asked.count("/.well-known/openid-configuration") == 1
    assert oidc.home.asked.count("/jwks") == 1


def test_a_rotated_key_is_fetched_when_its_first_token_comes(oidc):
    oidc.sign_in()
    oidc.home.rotate()
    assert oidc.sign_in()["user"]["username"] == "ada"
    assert oidc.home.asked.count("/jwks") == 2


def test_a_token_of_a_withdrawn_key_is_refused(oidc):
    old = oidc.home.key
    oidc.sign_in()
    oidc.home.rotate()
    oidc.sign_in()
    oidc.home.token = lambda claims: old.sign(claims)
    with pytest.raises(OidcRefused):
        oidc.sign_in()


def signed_by_public_key(home, claims):
    """The classic: the public key, which everybody has, taken for an HMAC secret."""
    head, body = encoded({"alg": "HS256", "typ": "JWT", "kid": home.key.kid}), encoded(claims)
    algorithm = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    return f"{head}.{body}.{encoded(algorithm.sign(f'{head}.{body}'.encode(), home.key.pem()))}"


def unsigned(home, claims):
    return f"{encoded({'alg': 'none', 'typ': 'JWT', 'kid': home.key.kid})}.{encoded(claims)}."


def of_another_key(home, claims):
    other = Key()
    return other.sign(claims, kid=home.key.kid)


def with_its_own_key(home, claims):
    """A key that came in the token's own header is nobody's."""
    other = Key()
    return other.sign(claims, kid=home.key.kid, jwk=other.public())


def tampered(home, claims):
    head, _, signature = home.key.sign(claims).split(".")
    return f"{head}.{encoded({**claims, 'sub': 'bob-0002'})}.{signature}"


@pytest.mark.parametrize(
    ("forge", "reason"),
    [
        (unsigned, "algorithm"),
        (signed_by_public_key, "algorithm"),
        (of_another_key, "InvalidSignatureError"),
        (with_its_own_key, "InvalidSignatureError"),
        (tampered, "InvalidSignatureError"),
        (lambda home, claims: home.key.sign(claims, kid="unheard-of"), "unknown_key"),
        (lambda home, claims: home.key.sign(claims, typ="at+jwt"), "header"),
        (lambda home, claims: home.key.sign(claims, crit=["exp"]), "malformed_id_token"),
        (lambda home, claims: "a.b.c", "malformed_id_token"),
        (lambda home, claims: home.key.sign(claims) + "x" * 40_000, "no_id_token"),
        (lambda home, claims: None, "no_id_token"),
        (lambda home, claims: ["x"], "no_id_token"),
    ],
)
def test_a_token_that_the_provider_did_not_sign_is_refused(oidc, db, forge, reason):
    oidc.home.token = lambda claims: forge(oidc.home, claims)
    with pytest.raises(OidcRefused):
        oidc.sign_in()
    assert people(db) == []
    assert refusals(db) == [reason]


def without(name):
    return lambda claims: {key: value for key, value in claims.items() if key != name}


def having(**facts):
    return lambda claims: {**claims, **facts}


LONG_AGO = int(time.time()) - 7_200


@pytest.mark.parametrize(
    "change",
    [
        having(nonce="another"), having(nonce=None), having(nonce=["x"]), without("nonce"),
        having(aud="somebody-else"), having(aud=["somebody-else"]), having(aud=[]), without("aud"),
        having(aud=["charla-at-home", "somebody-else"]),
        having(aud=["charla-at-home", "somebody-else"], azp="somebody-else"),
        having(azp="somebody-else"),
        having(iss="https://evil.example"), having(iss=""), without("iss"),
        having(exp=LONG_AGO), having(exp="never"), without("exp"),
        having(iat=LONG_AGO), having(iat=LONG_AGO + 100_000), having(iat="x"), without("iat"),
        having(nbf=int(time.time()) + 7_200),
        having(sub=""), having(sub=5), having(sub=None), having(sub="x" * 256), having(sub="ñ"), having(sub="a\0b"),
        without("sub"),
    ],
)  # fmt: skip
def test_a_token_that_says_something_else_is_refused(oidc, db, change):
    oidc.home.change = change
    with pytest.raises(OidcRefused) as refused:
        oidc.sign_in()
    assert refused.value.to_wire()["facts"] == {}
    assert people(db) == []
    assert len(refusals(db)) == 1


def test_several_audiences_are_believed_where_we_are_the_authorized_party(oidc):
    oidc.home.change = having(aud=["somebody-else", "charla-at-home"], azp="charla-at-home")
    assert oidc.sign_in()["user"]["username"] == "ada"


def test_a_clock_that_is_a_little_wrong_is_forgiven(oidc):
    oidc.home.change = having(exp=int(time.time()) - 20)
    assert oidc.sign_in()["access_token"]


PRIVATE = "http://10.0.0.1/elsewhere"


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/jwks"])
@pytest.mark.parametrize("fault", ["endless", "slow", "garbage", PRIVATE, 500, 503])
def test_a_provider_that_gives_no_answer_is_away(oidc, db, path, fault):
    oidc.home.broken[path] = fault
    with pytest.raises(OidcProviderAway) as refused:
        oidc.sign_in()
    assert refused.value.facts["retry_after_s"] > 0
    assert people(db) == []


@pytest.mark.parametrize(
    ("fault", "reason"),
    [("endless", "too_large"), ("slow", "timeout"), ("garbage", "not_json"), (PRIVATE, "too_many_redirects"),
     (500, "status_500"), (404, "status_404")],
)  # fmt: skip
def test_the_log_tells_why_a_provider_is_away(oidc, fault, reason):
    oidc.home.broken["/jwks"] = fault
    with pytest.raises(ProviderAway) as away:
        fetching.get_json(f"{oidc.home.issuer}/jwks")
    assert away.value.reason == reason


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/jwks"])
def test_no_redirect_is_followed_even_where_it_might_be(oidc, path):
    """It would hand the code and our secret on to whoever the provider names."""
    oidc.home.broken[path] = f"{oidc.closed.issuer}{path}"
    with pytest.raises(OidcProviderAway):
        oidc.sign_in()
    assert oidc.closed.asked == []


def test_a_provider_that_was_away_is_asked_again_after_a_rest(oidc, monkeypatch):
    oidc.home.broken["/.well-known/openid-configuration"] = 500
    for _ in range(3):
        with pytest.raises(OidcProviderAway):
            oidc.start()
    assert len(oidc.home.asked) == 1
    oidc.home.broken.clear()
    monkeypatch.setattr(fetching, "OIDC_REST_S", 0.0)
    assert oidc.start()


def test_a_slow_provider_holds_nobody_else_up(oidc):
    begun = oidc.start()
    answer = oidc.home.visit(begun["authorize_url"])
    oidc.home.broken["/token"] = "slow"
    waiting = eventlet.spawn(oidc.finish, begun, answer)
    while not oidc.home.waiting.is_set():
        eventlet.sleep(0)
    assert oidc.call("list_oidc_providers")["items"]
    assert not waiting.dead
    with pytest.raises(OidcProviderAway):
        waiting.wait()


def test_only_so_many_wait_for_one_provider(oidc):
    party = relying_party.relying_party("home")
    begun = oidc.start()
    taken = 0
    while party._turns.acquire(blocking=False):
        taken += 1
    assert taken == policy.OIDC_AT_ONCE // 2
    with pytest.raises(OidcProviderAway):
        oidc.finish(begun, {"state": parse_qs(urlsplit(begun["authorize_url"]).query)["state"][0], "code": "x"})


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "https://evil.example"},
        {"issuer": None},
        {"token_endpoint": "http://evil.example/token"},
        {"token_endpoint": "file:///etc/passwd"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "https://user@evil.example/"},
        {"authorization_endpoint": None},
        {"jwks_uri": 5},
    ],
)
def test_a_discovery_document_that_leads_astray_is_not_used(oidc, said):
    oidc.home.discovery = said
    with pytest.raises(OidcProviderAway):
        oidc.start()


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "[::1]", "localhost", "127.0.0.1:8443"])
def test_no_private_address_is_called_though_discovery_names_it(oidc, db, address):
    oidc.home.discovery = {"token_endpoint": f"https://{address}/token"}
    with pytest.raises(OidcProviderAway):
        oidc.sign_in()
    assert refusals(db) == ["address"]


def test_a_code_is_taken_once_by_the_provider(oidc):
    first, second = oidc.start(), oidc.start()
    answer = oidc.home.visit(first["authorize_url"])
    assert oidc.finish(first, answer)["access_token"]
    state = oidc.home.visit(second["authorize_url"])["state"]
    with pytest.raises(OidcRefused):
        oidc.finish(second, {**answer, "state": state})


def test_an_injected_code_fails_by_its_verifier(oidc, db):
    """Somebody puts the code of their own sign-in into the answer to mine: PKCE binds it to theirs."""
    mine, theirs = oidc.start(), oidc.start()
    stolen = oidc.home.visit(theirs["authorize_url"])
    answer = {**oidc.home.visit(mine["authorize_url"]), "code": stolen["code"]}
    with pytest.raises(OidcRefused):
        oidc.finish(mine, answer)
    assert refusals(db) == ["token_endpoint_invalid_grant"]


def test_a_state_works_once(oidc):
    begun = oidc.start()
    answer = oidc.home.visit(begun["authorize_url"])
    assert oidc.finish(begun, answer)["access_token"]
    asked = len(oidc.home.asked)
    with pytest.raises(OidcStateInvalid):
        oidc.finish(begun, answer)
    assert len(oidc.home.asked) == asked


def test_a_failed_sign_in_cannot_be_gone_on_with(oidc):
    begun = oidc.start()
    answer = oidc.home.visit(begun["authorize_url"])
    oidc.home.broken["/token"] = 500
    with pytest.raises(OidcProviderAway):
        oidc.finish(begun, answer)
    oidc.home.broken.clear()
    with pytest.raises(OidcStateInvalid):
        oidc.finish(begun, answer)


def test_the_state_of_another_browser_is_refused(oidc, db):
    mine, theirs = oidc.start(), oidc.start()
    answer = oidc.home.visit(theirs["authorize_url"])
    with pytest.raises(OidcStateInvalid):
        oidc.finish(mine, answer)
    assert people(db) == []
    assert oidc.finish(theirs, answer)["access_token"]


def test_a_state_is_for_its_own_provider(oidc):
    begun = oidc.start()
    answer = oidc.home.visit(begun["authorize_url"])
    with pytest.raises(OidcStateInvalid):
        oidc.finish(begun, answer, "closed")


def test_somebody_has_ten_minutes_at_the_provider(oidc, monkeypatch):
    begun = oidc.start()
    answer = oidc.home.visit(begun["authorize_url"])
    monkeypatch.setattr(oidc_flows, "OIDC_FLOW_S", -1)
    with pytest.raises(OidcStateInvalid):
        oidc.finish(begun, answer)


@pytest.mark.parametrize("field", ["state", "flow_token"])
def test_a_forged_token_is_refused(oidc, field):
    begun = oidc.start()
    answer = oidc.home.visit(begun["authorize_url"])
    whole = {**begun, **answer}
    body, _, rest = whole[field].partition(".")
    forged = base64.urlsafe_b64encode(base64.urlsafe_b64decode(body + "==").replace(b"null", b'"1"')).decode()
    with pytest.raises(OidcStateInvalid):
        oidc.finish(begun, answer, **{field: f"{forged.rstrip('=')}.{rest}"})


def test_the_state_is_no_flow_token(oidc):
    begun = oidc.start()
    answer = oidc.home.visit(begun["authorize_url"])
    with pytest.raises(OidcStateInvalid):
        oidc.finish({"flow_token": answer["state"]}, answer)


@pytest.mark.parametrize("iss", ["https://evil.example", None])
def test_an_answer_of_another_provider_is_refused(oidc, iss):
    begun = oidc.start()
    answer = {**oidc.home.visit(begun["authorize_url"]), "iss": iss}
    with pytest.raises(OidcRefused):
        oidc.finish(begun, answer)
    assert "/token" not in oidc.home.asked


def test_a_provider_that_names_itself_nowhere_needs_no_name(oidc):
    oidc.home.sends_iss = False
    assert oidc.sign_in()["access_token"]


@pytest.mark.parametrize(("error", "refusal"), [("access_denied", OidcDenied), ("server_error", OidcRefused)])
def test_an_error_instead_of_a_code_ends_the_sign_in(oidc, error, refusal):
    begun = oidc.start()
    answer = oidc.home.visit(begun["authorize_url"])
    with pytest.raises(refusal):
        oidc.finish(begun, {"state": answer["state"], "iss": answer["iss"], "error": error})
    with pytest.raises(OidcStateInvalid):
        oidc.finish(begun, answer)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"code": None}, "invalid_code"),
        ({"error": "both"}, "invalid_code"),
        ({"code": ""}, "invalid_code"),
        ({"code": "x" * 4_097}, "invalid_code"),
        ({"code": "a\0b"}, "invalid_code"),
        ({"code": 7}, "invalid_code"),
        ({"iss": "x" * 1_001}, "invalid_iss"),
        ({"state": "x" * 1_001}, "invalid_state"),
        ({"state": None}, "invalid_state"),
        ({"flow_token": ["x"]}, "invalid_flow_token"),
        ({"device": "x" * 101}, "invalid_device"),
        ({"address": "nowhere"}, "invalid_address"),
    ],
)
def test_bad_input_is_refused_with_a_stable_code(oidc, given, code):
    begun = oidc.start()
    answer = oidc.home.visit(begun["authorize_url"])
    with pytest.raises(Invalid) as refused:
        oidc.finish(begun, {**answer, **given})
    assert refused.value.code == code


@pytest.mark.parametrize("provider_id", ["nowhere", "Home", "../home"])
def test_a_provider_that_is_not_configured_is_unknown(oidc, provider_id):
    with pytest.raises(UnknownProvider):
        oidc.start(provider_id)


def test_an_app_is_answered_where_it_may_be(oidc):
    begun = oidc.start(app=APP)
    state = oidc.home.visit(begun["authorize_url"])["state"]
    assert oidc.call("find_app_redirect", provider_id="home", state=state) == APP
    own = oidc.home.visit(oidc.start()["authorize_url"])["state"]
    assert oidc.call("find_app_redirect", provider_id="home", state=own) is None
    for provider_id, said in (("home", "forged"), ("closed", state)):
        with pytest.raises(OidcStateInvalid):
            oidc.call("find_app_redirect", provider_id=provider_id, state=said)


def test_beginning_too_often_is_throttled(oidc):
    throttled = 0
    for _ in range(policy.OIDC_PER_ADDRESS.burst + 5):
        try:
            oidc.call("start_oidc", provider_id="home", app_redirect=None, address=HERE["address"])
        except LoginThrottled:
            throttled += 1
    assert throttled >= 4
