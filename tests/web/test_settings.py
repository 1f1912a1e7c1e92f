"""Language and theme: chosen once, and kept."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.web.accounts import Account
from tests.web.client import Client
from tests.web.conftest import MakeClient
from tests.web.words import Words


def background(client: Client) -> str:
    return str(client.page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_another_language_opens_the_same_place_and_is_remembered(client: MakeClient, ana: Account) -> None:
    browser = client(ana, language="es").open("settings/appearance")
    browser.page.get_by_role("radio", name="English").check()
    expect(browser.page).to_have_url(f"{browser.origin}/en/settings/appearance")
    expect(browser.page.get_by_role("heading", name=Words("en")("settings.appearance"))).to_be_visible()
    expect(browser.page.locator("html")).to_have_attribute("lang", "en")
    browser.page.goto(browser.origin)
    expect(browser.page).to_have_url(f"{browser.origin}/en/c")


def test_all_cookies_are_for_this_host_by_https_alone(client: MakeClient, ana: Account) -> None:
    browser = client(ana, language="es").open("settings/appearance")
    browser.page.get_by_role("radio", name="English").check()
    expect(browser.page).to_have_url(f"{browser.origin}/en/settings/appearance")
    kept = {each["name"]: (each["secure"], each["path"], each["domain"]) for each in browser.context.cookies()}
    # Browsers refuse such a name without these.
    assert kept == dict.fromkeys(("__Host-charla_lang", "__Host-charla_refresh"), (True, "/", "localhost"))


def test_a_theme_stays_whatever_the_system_has(client: MakeClient, ana: Account) -> None:
    browser = client(ana, theme="light").open("settings/appearance")
    light = background(browser)
    browser.page.get_by_role("radio", name=browser.words("settings.theme.dark")).check()
    expect(browser.page.locator("html")).to_have_attribute("data-theme", "dark")
    browser.show_theme("light")
    dark = background(browser)
    assert dark != light
    browser.page.reload()
    expect(browser.page.get_by_role("radio", name=browser.words("settings.theme.dark"))).to_be_checked()
    assert background(browser) == dark
    browser.page.get_by_role("radio", name=browser.words("settings.theme.system")).check()
    expect(browser.page.locator("html")).not_to_have_attribute("data-theme", "dark")
    browser.show_theme("light")
    assert background(browser) == light
    browser.show_theme("dark")
    assert background(browser) == dark
