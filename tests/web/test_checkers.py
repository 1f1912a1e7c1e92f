"""What checks the pages finds what it is there for."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.e2e.people import eventually
from tests.web.accessibility import breaches, contrast_breaches
from tests.web.client import Client
from tests.web.conftest import MakeClient
from tests.web.screens import SCREENS, Screen
from tests.web.sizes import too_large
from tests.web.town import Town

SIGN_IN: Screen = next(each for each in SCREENS if each.name == "sign-in")


def test_a_label_that_is_missing_and_pale_letters_are_found(client: MakeClient, town: Town) -> None:
    browser = client()
    SIGN_IN.open(browser, town)
    assert breaches(browser) == []
    browser.page.evaluate("document.querySelector('label').remove()")
    assert [line.split()[0] for line in breaches(browser)] == ["label"]
    browser.page.evaluate("document.querySelector('h1').style.color = '#ddd'")
    assert [line.split()[0] for line in contrast_breaches(browser)] == ["color-contrast"]


def test_what_is_too_large_is_found(client: MakeClient, town: Town) -> None:
    browser = client()
    SIGN_IN.open(browser, town)
    assert too_large(browser, 360) == []
    browser.page.evaluate("document.querySelector('h1').style.width = '500px'")
    assert any("<h1" in line for line in too_large(browser, 360))


def test_a_window_that_scrolls_is_found(client: MakeClient, town: Town) -> None:
    browser = client(town.ana).open("c")
    expect(browser.page.get_by_text("Sunday walk").first).to_be_visible()
    assert too_large(browser, 1280) == []
    browser.page.evaluate("document.querySelector('.pane-list').style.height = '2000px'")
    assert too_large(browser, 1280) == ["the window scrolls"]


def test_errors_and_breaches_of_the_policy_are_complaints(client: MakeClient) -> None:
    browser = client().open("sign-in")
    browser.page.evaluate("""() => {
      new Image().src = 'http://elsewhere.invalid/x.png';
      try { document.createElement('p').innerHTML = '<b>x</b>'; } catch {}
      void Promise.reject(new Error('nobody waits for this'));
      return fetch('/v1/users/me').then(() => undefined);
    }""")
    eventually(lambda: all(part in said(browser) for part in ("policy: img-src", "policy: require", "401")))
    browser.complaints.expect(".")
    told = said(browser)
    for part in (
        "policy: img-src",
        "policy: require-trusted-types-for",
        "nobody waits for this",
        "401 GET /v1/users/me",
    ):
        assert part in told, told


def said(browser: Client) -> str:
    browser.page.title()  # what it says arrives while it is asked
    return "\n".join(browser.complaints.all)
