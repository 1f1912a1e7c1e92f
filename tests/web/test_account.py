"""The account: ways in, devices, and one's data."""

from __future__ import annotations

import io
import zipfile
from urllib.parse import urljoin

import pyotp
import pytest
import requests
from playwright.sync_api import expect

from tests.web.accounts import Account
from tests.web.client import Client
from tests.web.conftest import MakeClient
from tests.web.test_signing_in import fill_sign_in, sign_out

_AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def with_authenticator(client: Client) -> Client:
    """Give a browser something that makes passkeys, as a phone's screen lock does."""
    cdp = client.cdp()
    cdp.send("WebAuthn.enable")
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": _AUTHENTICATOR})
    return client


def test_a_passkey_is_made_and_signs_in_without_a_name(client: MakeClient, ana: Account) -> None:
    browser = with_authenticator(client(ana, language="es")).open("settings/security")
    browser.button("account.passkey.add").click()
    dialog = browser.page.get_by_role("dialog")
    browser.field("account.passkey.label", dialog).fill("Mi portátil")
    browser.field("account.proof", dialog).fill(ana.password)
    browser.button("account.passkey.make", dialog).click()
    browser.sees("Mi portátil")
    assert [each["kind"] for each in ana.get("/auth/factors")["items"]] == ["passkey"]
    sign_out(browser)
    browser.button("auth.passkey").click()
    browser.is_at("c")


def test_an_app_for_codes_is_set_up_and_asked_from_then_on(client: MakeClient, ana: Account) -> None:
    browser = client(ana).open("settings/security")
    browser.button("account.totp.begin").click()
    dialog = browser.page.get_by_role("dialog")
    browser.field("account.proof", dialog).fill(ana.password)
    browser.button("account.totp.go_on", dialog).click()
    expect(dialog.get_by_role("img", name=browser.words("account.totp.qr"))).to_be_visible()
    app = pyotp.TOTP(dialog.locator("code").inner_text().replace(" ", ""))
    browser.field("account.totp.code", dialog).fill(app.now())
    browser.button("account.totp.confirm", dialog).click()
    expect(dialog.get_by_role("listitem")).to_have_count(10)
    recovery_code = dialog.get_by_role("listitem").first.inner_text()
    browser.button("account.codes.kept", dialog).click()
    sign_out(browser)
    fill_sign_in(browser, ana.username, ana.password)
    browser.field("auth.code").fill(recovery_code)
    browser.button("auth.code.send").click()
    browser.is_at("c")


def test_another_device_is_signed_out(client: MakeClient, ana: Account) -> None:
    here, there = client(ana, language="es"), client(ana).open("c")
    expect(there.heading("core.nav.chats")).to_be_visible()
    here.open("settings/devices")
    others = here.page.get_by_role("region", name=here.words("account.device.others"))
    there.complaints.expect("^40[13] ")
    others.get_by_role("listitem").get_by_role("button").click()
    expect(others.get_by_role("listitem")).to_contain_text([here.words("account.device.none")])
    there.is_at("sign-in")


def test_a_password_is_changed(client: MakeClient, ana: Account) -> None:
    browser = client(ana).open("settings/security")
    browser.field("account.password.old").fill(ana.password)
    browser.field("account.password.new").fill("a new and much longer sentence")
    browser.button("account.password.change").click()
    browser.sees(browser.words("account.password.changed"))
    sign_out(browser)
    fill_sign_in(browser, ana.username, "a new and much longer sentence")
    browser.is_at("c")


def test_a_name_is_changed_and_others_see_it(client: MakeClient, ana: Account, ben: Account) -> None:
    room = ana.room_with(ben)
    ana.say(room, "Hello")
    browser = client(ana).open("settings/account")
    browser.field("account.display_name").fill("Ana the Great")
    browser.button("account.save").first.click()
    expect(browser.page.get_by_text("Ana the Great").first).to_be_visible()
    his = client(ben).open("c")
    his.sees("Ana the Great")


@pytest.mark.timeout(180)
def test_a_copy_of_ones_data_is_made_and_fetched(client: MakeClient, ana: Account, ben: Account) -> None:
    ana.say(ana.room_with(ben), "This is mine")
    browser = client(ana, language="es").open("settings/data")
    browser.button("account.copy.ask").click()
    link = browser.link("account.copy.fetch")
    expect(link).to_be_visible(timeout=90_000)
    answer = requests.get(urljoin(browser.origin, link.get_attribute("href")), timeout=20)
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as copy:
        assert any(b"This is mine" in copy.read(name) for name in copy.namelist()), copy.namelist()


def test_an_account_is_given_up_and_kept_after_all(client: MakeClient, ana: Account) -> None:
    browser = client(ana).open("settings/data")
    browser.button("account.leave.ask").click()
    dialog = browser.page.get_by_role("dialog")
    browser.field("account.proof", dialog).fill(ana.password)
    browser.button("account.leave.action", dialog).click()
    stay = browser.button("account.leave.stay")
    expect(stay).to_be_visible()
    stay.click()
    expect(browser.button("account.leave.ask")).to_be_visible()
