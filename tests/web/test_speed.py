"""How much a first visit loads, and how long it takes on a phone.

Times are printed and not judged: they are this machine's, and it is shared.
"""

from __future__ import annotations

import time

from playwright.sync_api import expect

from tests.web.client import PHONE
from tests.web.conftest import MakeClient
from tests.web.town import Town
from tests.web.traffic import Traffic, slow_down

SCRIPT_BUDGET_BYTES = 250_000
#: The page, its styles, scripts, icons, the session, and what the list shows.
MOST_REQUESTS = 60


def test_the_first_screen_of_somebody_who_is_signed_in(client: MakeClient, town: Town, figures: list[str]) -> None:
    browser = client(town.ana, language="es", size=PHONE)
    traffic = Traffic.of(browser)
    slow_down(browser)
    begun = time.monotonic()
    browser.open("c")
    expect(browser.page.get_by_text("Sunday walk").first).to_be_visible()
    figures.append(
        f"first screen with chats on a slow phone, nothing cached: {time.monotonic() - begun:.2f} s; "
        f"{traffic.count()} requests, {traffic.bytes() / 1000:.0f} kB; "
        f"{traffic.count('Script')} scripts, {traffic.bytes('Script') / 1000:.0f} kB"
    )
    assert traffic.bytes("Script") <= SCRIPT_BUDGET_BYTES
    assert traffic.count() <= MOST_REQUESTS
    assert len(traffic.calls()) == len(set(traffic.calls())), traffic.calls()


def test_a_second_visit_loads_no_script_again(client: MakeClient, town: Town, figures: list[str]) -> None:
    browser = client(town.ana, size=PHONE)
    first = Traffic.of(browser)
    browser.open("c")
    expect(browser.page.get_by_text("Sunday walk").first).to_be_visible()
    # What is loaded for later may still be under way, and then comes with the second visit.
    before = first.loaded("Script")
    assert before
    browser.page.goto("about:blank")
    second = Traffic.of(browser)
    browser.open("c")
    expect(browser.page.get_by_text("Sunday walk").first).to_be_visible()
    figures.append(f"second visit: {second.count()} requests, {second.bytes() / 1000:.0f} kB")
    assert not before & second.loaded("Script")
