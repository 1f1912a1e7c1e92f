"""Every main screen can be used by everybody: WCAG 2.2 AA, by keyboard, light and dark, on narrow and wide windows."""

from __future__ import annotations

import pytest

from tests.web.accessibility import breaches, contrast_breaches
from tests.web.client import PHONE
from tests.web.conftest import MakeClient
from tests.web.keyboard import troubles
from tests.web.screens import SCREENS, Screen
from tests.web.sizes import too_wide
from tests.web.town import Town

WIDTHS = (360, 768, 1280, 1920)


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_everybody_can_use_a_screen(client: MakeClient, town: Town, screen: Screen) -> None:
    """In Spanish, whose words are longer; one visit for all, since each costs seconds."""
    browser = client(town.ana if screen.signed_in else None, language="es")
    screen.open(browser, town)
    found = {"keyboard": troubles(browser), "light": breaches(browser)}
    browser.page.emulate_media(color_scheme="dark")
    found["dark"] = contrast_breaches(browser)
    browser.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    found["phone, dark"] = breaches(browser)
    found |= {f"{width} px": too_wide(browser, width) for width in WIDTHS}
    assert {name: lines for name, lines in found.items() if lines} == {}
