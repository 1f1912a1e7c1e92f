"""An installation that demands a second factor of everybody, as browsers find it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest
from client import PASSWORD, Reply
from oidc_gateway import Browser, Gateway, landed, running

from tests.svc_auth.authenticator import Authenticator

_REFRESH = "__Host-charla_refresh"
_OWED = {"enrolment_required", "enrolment_token", "factors"}


@pytest.fixture(scope="module")
def gateway(stack: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with running(Path(tmp_path_factory.mktemp("prometheus")), SECOND_FACTOR="everybody") as found:
        yield found


@pytest.fixture
def browser(gateway: Gateway) -> Browser:
    """Somebody's browser; nobody knows yet who is signed in at the provider."""
    name = f"f{secrets.token_hex(5)}"
    gateway.provider.me = {"sub": name, "preferred_username": name, "name": name.title()}
    return Browser(gateway)


def _register(browser: Browser) -> Any:
    body = {"username": f"f{secrets.token_hex(5)}", "password": PASSWORD, "display_name": "F"}
    reply = browser.ask("POST", "/v1/auth/register", body)
    assert reply.status == 201, reply.raw
    assert browser.jar == {}
    return body | reply.json


def _finish(browser: Browser, token: str) -> Reply:
    setup = browser.ask("POST", "/v1/auth/enrolment/totp", {"enrolment_token": token}).json
    code = pyotp.TOTP(setup["secret"]).at(time.time() - 30)
    body = {"enrolment_token": token, "factor_id": setup["factor_id"], "code": code}
    return browser.ask("POST", "/v1/auth/enrolment/totp/finish", body)


def test_who_registers_sets_up_codes_and_is_signed_in(browser: Browser) -> None:
    owed = _register(browser)
    assert owed.keys() >= _OWED
    assert "access_token" not in owed
    reply = _finish(browser, owed["enrolment_token"])
    assert reply.status == 200, reply.raw
    assert len(reply.json["recovery_codes"]) == 10
    assert reply.json["refresh_token"] is None
    assert browser.jar.keys() == {_REFRESH}
    assert browser.ask("POST", "/v1/auth/refresh").json["user"]["factors"] == ["totp"]


def test_who_signs_in_sets_up_a_passkey_and_uses_it_from_then_on(browser: Browser) -> None:
    person = _register(browser)
    login = {"username": person["username"], "password": PASSWORD}
    owed = browser.ask("POST", "/v1/auth/login", login)
    assert (owed.status, owed.json.keys()) == (200, _OWED)
    token = {"enrolment_token": owed.json["enrolment_token"]}
    begun = browser.ask("POST", "/v1/auth/enrolment/passkey", {**token, "label": "key"}).json
    body = {**token, "factor_id": begun["factor_id"], "credential": Authenticator().create(begun["options"])}
    assert browser.ask("POST", "/v1/auth/enrolment/passkey/finish", body).status == 200
    assert browser.jar.keys() == {_REFRESH}
    refused = browser.ask("POST", "/v1/auth/login", login)
    assert (refused.status, refused.code) == (403, "passkey_required")


def test_who_comes_from_a_provider_lands_where_one_is_set_up(browser: Browser) -> None:
    facts = landed(browser.come_back(browser.start()))
    assert facts["result"] == "enrolment"
    assert browser.jar == {}
    assert _finish(browser, facts["enrolment_token"]).status == 200
    assert browser.jar.keys() == {_REFRESH}
    assert landed(browser.come_back(browser.start()))["result"] == "factor"


def test_the_session_that_the_browser_had_ends_with_the_enrolment(browser: Browser) -> None:
    first = _register(browser)
    _finish(browser, first["enrolment_token"])
    before = browser.jar[_REFRESH]
    body = {"username": f"f{secrets.token_hex(5)}", "password": PASSWORD, "display_name": "F"}
    owed = browser.ask("POST", "/v1/auth/register", body).json
    assert browser.jar[_REFRESH] is before
    assert _finish(browser, owed["enrolment_token"]).status == 200
    browser.jar[_REFRESH] = before
    assert browser.ask("POST", "/v1/auth/refresh").code == "session_ended"
