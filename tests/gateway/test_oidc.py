"""Signing in with a provider, as a browser and as an app do, through a real gateway and a real auth."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlsplit

import pyotp
import pytest
from client import PASSWORD
from oidc_gateway import APP, CSRF, PUBLIC_URL, Browser, Gateway, landed, path_of, running

_PRIVATE = "http://10.0.0.1/elsewhere"
_FLOW, _REFRESH = "__Host-charla_oidc", "__Host-charla_refresh"


@pytest.fixture(scope="module")
def started(stack: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with running(Path(tmp_path_factory.mktemp("prometheus"))) as found:
        yield found


@pytest.fixture
def gateway(started: Gateway) -> Iterator[Gateway]:
    """The gateway; somebody whom nobody knows yet is signed in at the provider, which behaves."""
    # The keys stay: auth remembers them, as it does with a real provider.
    key, provider = started.provider.key, started.provider
    provider.reset()
    provider.key, provider.keys = key, [key]
    name = f"o{secrets.token_hex(5)}"
    provider.me = {"sub": name, "preferred_username": name, "name": name.title()}
    yield started
    provider.released.set()


@pytest.fixture
def browser(gateway: Gateway) -> Browser:
    return Browser(gateway)


def _register(gateway: Gateway) -> Any:
    body = {"username": f"p{secrets.token_hex(5)}", "password": PASSWORD, "display_name": "P"}
    reply = gateway.ask("POST", "/v1/auth/register", body)
    assert reply.status == 201, reply.raw
    return reply.json


def test_the_providers_are_listed(gateway: Gateway) -> None:
    assert gateway.ask("GET", "/v1/auth/oidc").json == {"items": [{"id": "home", "name": "Home"}], "next": None}


def test_a_browser_signs_in_with_cookies_alone(browser: Browser) -> None:
    url = browser.start()
    assert browser.jar[_FLOW]["samesite"] == "Lax"
    assert int(browser.jar[_FLOW]["max-age"]) == 600
    reply = browser.come_back(url)
    assert landed(reply) == {"result": "signed_in"}
    assert browser.jar.keys() == {_REFRESH}
    assert browser.jar[_REFRESH]["samesite"] == "Strict"
    assert browser.jar[_REFRESH].value not in reply.headers["Location"]
    pair = browser.ask("POST", "/v1/auth/refresh").json
    assert pair["refresh_token"] is None
    assert pair["user"]["username"] == browser.gateway.provider.me["sub"]
    me = browser.gateway.ask("GET", "/v1/users/me", token=pair["access_token"]).json
    assert me["has_password"] is False


def test_a_browser_that_signs_in_anew_has_one_session(browser: Browser) -> None:
    """Its old cookie stays behind on the way back from the provider: what was begun knows of it."""
    browser.come_back(browser.start())
    before = browser.jar[_REFRESH]
    browser.come_back(browser.start())
    after, browser.jar[_REFRESH] = browser.jar[_REFRESH], before
    assert browser.ask("POST", "/v1/auth/refresh").code == "session_ended"
    browser.jar[_REFRESH] = after
    assert browser.ask("POST", "/v1/auth/refresh").status == 200


def test_a_sign_in_that_fails_at_the_provider_ends_nothing(browser: Browser) -> None:
    browser.come_back(browser.start())
    browser.gateway.provider.change = lambda claims: {**claims, "nonce": "another"}
    assert landed(browser.come_back(browser.start())) == {"error": "oidc_refused"}
    assert browser.ask("POST", "/v1/auth/refresh").status == 200


def test_a_cookie_that_is_none_keeps_nobody_out(browser: Browser) -> None:
    reply = browser.gateway.ask("POST", "/v1/auth/oidc/home/start", headers={**CSRF, "Cookie": f"{_REFRESH}=x.y"})
    assert reply.status == 200


def test_what_happened_stands_behind_the_hash_alone(browser: Browser) -> None:
    reply = browser.come_back(browser.start())
    assert reply.raw == b""
    assert reply.headers["Referrer-Policy"] == "no-referrer"
    assert reply.headers["Cache-Control"] == "no-store"
    assert "?" not in reply.headers["Location"]


def test_an_app_signs_in_with_the_flow_token_that_it_kept(gateway: Gateway) -> None:
    begun = gateway.start()
    back = gateway.ask("GET", path_of(gateway.provider.come_from(begun["authorize_url"])))
    assert back.status == 303
    page, _, query = back.headers["Location"].partition("?")
    assert page == APP
    answer = dict(parse_qsl(query))
    assert answer.keys() == {"state", "code", "iss"}
    assert "Set-Cookie" not in back.headers
    body = {"flow_token": begun["flow_token"], "device": "phone", **answer}
    pair = gateway.ask("POST", "/v1/auth/oidc/home/callback", body).json
    assert pair["refresh_token"]
    [session] = gateway.ask("GET", "/v1/auth/sessions", token=pair["access_token"]).json["items"]
    assert session["device"] == "phone"
    assert gateway.ask("POST", "/v1/auth/oidc/home/callback", body).code == "oidc_state_invalid"


def test_the_apps_answer_is_worth_nothing_without_its_flow_token(gateway: Gateway) -> None:
    """Another app that took over the address, or whoever reads the link."""
    mine, theirs = gateway.start(), gateway.start()
    back = gateway.ask("GET", path_of(gateway.provider.come_from(mine["authorize_url"])))
    answer = dict(parse_qsl(urlsplit(back.headers["Location"]).query))
    body = {"flow_token": theirs["flow_token"], **answer}
    assert gateway.ask("POST", "/v1/auth/oidc/home/callback", body).code == "oidc_state_invalid"


def test_a_browser_that_did_not_begin_is_not_signed_in(gateway: Gateway) -> None:
    """Somebody sends me the link that would sign me in to their account."""
    theirs, mine = Browser(gateway), Browser(gateway)
    link = path_of(gateway.provider.come_from(theirs.start()))
    assert landed(mine.ask("GET", link, from_elsewhere=True)) == {"error": "oidc_state_invalid"}
    mine.start()
    assert landed(mine.ask("GET", link, from_elsewhere=True)) == {"error": "oidc_state_invalid"}
    assert _REFRESH not in mine.jar
    assert landed(theirs.ask("GET", link, from_elsewhere=True)) == {"result": "signed_in"}


def test_going_back_in_the_browser_does_nothing(browser: Browser) -> None:
    link = path_of(browser.gateway.provider.come_from(browser.start()))
    flow = browser.jar[_FLOW]
    assert landed(browser.ask("GET", link, from_elsewhere=True)) == {"result": "signed_in"}
    browser.jar[_FLOW] = flow
    assert landed(browser.ask("GET", link, from_elsewhere=True)) == {"error": "oidc_state_invalid"}


def test_a_code_is_owed_where_totp_is_on(browser: Browser) -> None:
    gateway = browser.gateway
    token = gateway.sign_in().json["access_token"]
    setup = gateway.ask("POST", "/v1/auth/factors/totp", {"label": "app"}, token=token).json
    app = pyotp.TOTP(setup["secret"])
    confirm = f"/v1/auth/factors/{setup['factor_id']}/confirm"
    assert gateway.ask("POST", confirm, {"code": app.at(time.time() - 30)}, token=token).status == 200
    owed = landed(browser.come_back(browser.start()))
    assert owed["result"] == "factor"
    assert browser.jar == {}
    reply = browser.ask("POST", "/v1/auth/login/code", {"factor_token": owed["factor_token"], "code": app.now()})
    assert reply.status == 200, reply.raw
    assert browser.jar.keys() == {_REFRESH}
    assert gateway.sign_in().json["factor_required"] is True


def test_a_browser_links_an_identity_and_signs_in_with_it(browser: Browser) -> None:
    gateway, mine = browser.gateway, _register(browser.gateway)
    assert landed(browser.come_back(browser.start(mine["access_token"]))) == {"result": "linked"}
    assert browser.jar == {}
    [identity] = gateway.ask("GET", "/v1/auth/identities", token=mine["access_token"]).json["items"]
    assert (identity["provider"], identity["label"]) == ("home", gateway.provider.me["sub"])
    assert gateway.sign_in().json["user"]["id"] == mine["user"]["id"]
    path = f"/v1/auth/identities/{identity['id']}/delete"
    assert gateway.ask("POST", path, {}, token=mine["access_token"]).code == "wrong_credentials"
    assert gateway.ask("POST", path, {"password": PASSWORD}, token=mine["access_token"]).status == 204
    assert gateway.ask("POST", path, {"password": PASSWORD}, token=mine["access_token"]).code == "unknown_identity"


def test_an_app_links_an_identity(gateway: Gateway) -> None:
    mine = _register(gateway)
    linked = gateway.sign_in(mine["access_token"]).json["linked"]
    assert gateway.ask("GET", "/v1/auth/identities", token=mine["access_token"]).json["items"] == [linked]


def test_an_identity_of_somebody_else_is_not_linked(browser: Browser) -> None:
    browser.gateway.sign_in()
    mine = _register(browser.gateway)
    assert landed(browser.come_back(browser.start(mine["access_token"]))) == {"error": "identity_taken"}
    assert browser.gateway.sign_in(mine["access_token"]).code == "identity_taken"


def test_the_last_way_in_stays(gateway: Gateway) -> None:
    token = gateway.sign_in().json["access_token"]
    [identity] = gateway.ask("GET", "/v1/auth/identities", token=token).json["items"]
    reply = gateway.ask("POST", f"/v1/auth/identities/{identity['id']}/delete", {}, token=token)
    assert (reply.status, reply.code) == (409, "last_sign_in_way")


def test_a_first_password_and_another_username(gateway: Gateway) -> None:
    token = gateway.sign_in().json["access_token"]
    name = f"n{secrets.token_hex(5)}"
    assert gateway.ask("PATCH", "/v1/users/me", {"username": name}, token=token).json["username"] == name
    assert gateway.ask("POST", "/v1/auth/password", {"new_password": PASSWORD}, token=token).status == 204
    assert gateway.ask("POST", "/v1/auth/login", {"username": name, "password": PASSWORD}).status == 200
    taken = _register(gateway)["user"]["username"]
    assert gateway.ask("PATCH", "/v1/users/me", {"username": taken}, token=token).code == "username_taken"


def test_calling_it_off_at_the_provider_is_told(browser: Browser) -> None:
    state = parse_qs(urlsplit(browser.start()).query)["state"][0]
    said = f"error=access_denied&error_description=no&state={quote(state)}&iss={quote(browser.gateway.provider.issuer)}"
    reply = browser.ask("GET", f"/v1/auth/oidc/home/callback?{said}", from_elsewhere=True)
    assert landed(reply) == {"error": "oidc_denied"}
    assert browser.jar == {}


@pytest.mark.parametrize(
    ("fault", "code"), [(500, "oidc_provider_away"), (_PRIVATE, "oidc_provider_away"), (400, "oidc_refused")]
)
def test_what_goes_wrong_at_the_provider_is_told(gateway: Gateway, fault: str | int, code: str) -> None:
    gateway.provider.broken["/token"] = fault
    browser = Browser(gateway)
    assert landed(browser.come_back(browser.start())) == {"error": code}
    assert browser.jar == {}
    reply = gateway.sign_in()
    assert (reply.status, reply.code) == (503 if code == "oidc_provider_away" else 401, code)
    assert ("Retry-After" in reply.headers) == (reply.status == 503)


def test_a_slow_provider_costs_its_own_people_a_few_seconds_and_others_nothing(gateway: Gateway) -> None:
    gateway.provider.broken["/token"] = "slow"
    asked_at = time.monotonic()
    assert gateway.sign_in().code == "oidc_provider_away"
    assert time.monotonic() - asked_at < 10


def test_a_forged_id_token_signs_nobody_in(browser: Browser) -> None:
    browser.gateway.provider.change = lambda claims: {**claims, "nonce": "another"}
    assert landed(browser.come_back(browser.start())) == {"error": "oidc_refused"}
    assert browser.gateway.sign_in().code == "oidc_refused"


_BACK = "/v1/auth/oidc/home/callback"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (_BACK, "oidc_state_invalid"),
        (f"{_BACK}?state=forged&code=x", "oidc_state_invalid"),
        (f"{_BACK}?code=x", "oidc_state_invalid"),
        (f"{_BACK}?state={'x' * 1_500}&code=x", "invalid_state"),
        (f"{_BACK}?state=x&code=x&next=https://evil.example", "oidc_state_invalid"),
        ("/v1/auth/oidc/nowhere/callback?state=x&code=x", "unknown_provider"),
        ("/v1/auth/oidc/%2e%2e/callback?state=x&code=x", "unknown_provider"),
    ],
)
def test_a_made_up_answer_lands_on_our_page_with_a_code(browser: Browser, path: str, code: str) -> None:
    browser.start()
    assert landed(browser.ask("GET", path, from_elsewhere=True)) == {"error": code}
    assert _REFRESH not in browser.jar


@pytest.mark.parametrize("app", ["https://evil.example/", "javascript:alert(1)", f"{APP}?x", f"{PUBLIC_URL}/signed-in"])
def test_nobody_has_people_sent_elsewhere(gateway: Gateway, app: str) -> None:
    reply = gateway.ask("POST", "/v1/auth/oidc/home/start", {"app_redirect": app})
    assert (reply.status, reply.code) == (400, "invalid_app_redirect")


def test_who_begins_says_how_to_come_back(gateway: Gateway) -> None:
    token, path = _register(gateway)["access_token"], "/v1/auth/oidc/home/start"
    for headers, body in (({}, {}), (CSRF, {"app_redirect": APP})):
        assert gateway.ask("POST", path, body, headers=headers).code == "invalid_app_redirect"
        linking = {**body, "provider": "home", "password": PASSWORD}
        reply = gateway.ask("POST", "/v1/auth/identities", linking, token=token, headers=headers)
        assert reply.code == "invalid_app_redirect"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "missing_field"),
        ({"flow_token": "x", "state": "x", "surprise": 1}, "unknown_field"),
        ({"flow_token": "x", "state": 5}, "invalid_field"),
        ({"flow_token": "x", "state": "x", "code": "x" * 5_000}, "invalid_field"),
        ({"flow_token": "x", "state": "x"}, "invalid_code"),
        ({"flow_token": "x", "state": "x", "code": "a", "error": "b"}, "invalid_code"),
        ({"flow_token": "x", "state": "x", "code": "a\u0000"}, "nul_character"),
        ({"flow_token": "x", "state": "x", "code": "a"}, "oidc_state_invalid"),
    ],
)
def test_bad_input_is_refused_with_a_stable_code(gateway: Gateway, body: Any, code: str) -> None:
    reply = gateway.ask("POST", _BACK, body)
    assert (reply.status, reply.code) == (400, code)


def test_an_unknown_provider_is_not_found(gateway: Gateway) -> None:
    token = _register(gateway)["access_token"]
    body = {"app_redirect": APP}
    assert gateway.ask("POST", "/v1/auth/oidc/nowhere/start", body).code == "unknown_provider"
    linking = {**body, "provider": "nowhere", "password": PASSWORD}
    reply = gateway.ask("POST", "/v1/auth/identities", linking, token=token)
    assert (reply.status, reply.code) == (404, "unknown_provider")


def test_a_browser_that_hides_in_an_app_gets_its_refresh_token_as_a_cookie(gateway: Gateway) -> None:
    begun = gateway.start()
    back = gateway.ask("GET", path_of(gateway.provider.come_from(begun["authorize_url"])))
    answer = dict(parse_qsl(urlsplit(back.headers["Location"]).query))
    reply = gateway.ask("POST", _BACK, {"flow_token": begun["flow_token"], **answer}, headers=CSRF)
    assert reply.json["refresh_token"] is None
    assert reply.headers["Set-Cookie"].startswith(f"{_REFRESH}=")
