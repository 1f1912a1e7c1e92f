"""Ways in: sign up, sign in with a password, a code, a passkey; and out."""

from __future__ import annotations

import secrets

import pytest
from playwright.sync_api import expect

from tests.web.accounts import Account
from tests.web.client import PHONE, Client
from tests.web.conftest import MakeClient

both_languages = pytest.mark.parametrize("language", ["es", "en"])


def fill_sign_in(client: Client, username: str, password: str) -> None:
    client.field("auth.username").fill(username)
    client.field("auth.password").fill(password)
    client.button("auth.sign_in").click()


def sign_out(browser: Client) -> None:
    """Sign out; what was being asked meanwhile is refused."""
    browser.complaints.expect("^401 ")
    browser.open("settings")
    browser.button("settings.sign_out").click()
    browser.is_at("sign-in")


@both_languages
def test_somebody_signs_up_and_is_in(client: MakeClient, language: str) -> None:
    browser = client(language=language, size=PHONE)
    browser.page.goto(browser.origin)
    browser.is_at("sign-in")
    browser.link("auth.sign_up").click()
    browser.field("auth.display_name").fill("Ana María")
    browser.field("auth.username").fill(f"ana_{secrets.token_hex(4)}")
    browser.field("auth.password").fill("violet-kettle-42")
    browser.button("auth.sign_up").click()
    browser.is_at("c")
    browser.page.reload()
    browser.is_at("c")
    expect(browser.heading("core.nav.chats")).to_be_visible()


def test_a_taken_name_and_a_weak_password_are_said_at_their_fields(client: MakeClient, ana: Account) -> None:
    browser = client().open("sign-up")
    browser.complaints.expect(r"^4\d\d POST /v1/auth/register")
    browser.field("auth.display_name").fill("Another Ana")
    browser.field("auth.username").fill(ana.username)
    browser.field("auth.password").fill("violet-kettle-42")
    browser.button("auth.sign_up").click()
    name = browser.field("auth.username")
    expect(name).to_have_accessible_description(browser.words("core.problem.username_taken"))
    expect(name).to_have_attribute("aria-invalid", "true")
    name.fill(f"ana_{secrets.token_hex(4)}")
    browser.field("auth.password").fill("password")
    browser.button("auth.sign_up").click()
    expect(browser.field("auth.password")).to_have_accessible_description(browser.words("core.problem.weak_password"))
    browser.is_at("sign-up")


@both_languages
def test_a_wrong_password_is_refused_and_the_right_one_opens(client: MakeClient, ana: Account, language: str) -> None:
    browser = client(language=language).open("sign-in")
    browser.complaints.expect("^401 POST /v1/auth/login")
    fill_sign_in(browser, ana.username, "not-her-password")
    expect(browser.page.get_by_role("alert")).to_contain_text([browser.words("core.problem.wrong_credentials")])
    browser.is_at("sign-in")
    fill_sign_in(browser, ana.username, ana.password)
    browser.is_at("c")


def test_a_code_is_asked_after_the_password(client: MakeClient, ana: Account) -> None:
    app = ana.with_totp()
    browser = client(language="es").open("sign-in")
    browser.complaints.expect("^401 POST /v1/auth/login/code")
    fill_sign_in(browser, ana.username, ana.password)
    code = browser.field("auth.code")
    expect(code).to_be_focused()
    code.fill("000000")
    browser.button("auth.code.send").click()
    expect(code).to_have_accessible_description(browser.words("core.problem.wrong_code"))
    code.fill(ana.next_code(app))
    browser.button("auth.code.send").click()
    browser.is_at("c")


def test_who_is_not_signed_in_comes_back_to_where_they_wanted(client: MakeClient, ana: Account) -> None:
    browser = client().open("settings/appearance")
    browser.is_at("sign-in")
    fill_sign_in(browser, ana.username, ana.password)
    browser.is_at("settings/appearance")


def test_signing_out_forgets_the_person(client: MakeClient, ana: Account) -> None:
    browser = client(ana)
    sign_out(browser)
    assert browser.context.cookies() == []
    assert browser.page.evaluate("localStorage.getItem('charla.me')") is None
    browser.open("c").is_at("sign-in")
