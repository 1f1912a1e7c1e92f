"""Every main screen can be used by everybody: WCAG 2.2 AA, by keyboard, light and dark, on narrow and wide windows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.web.accessibility import breaches, contrast_breaches
from tests.web.client import PHONE, WIDE, Client, Look
from tests.web.keyboard import troubles
from tests.web.screens import SCREENS, Screen
from tests.web.sizes import too_large
from tests.web.town import Town

WIDTHS = (360, 768, 1280, 1920)


@pytest.mark.parametrize("screen", SCREENS, ids=str)
def test_everybody_can_use_a_screen(visitor: Callable[[Screen], Client], town: Town, screen: Screen) -> None:
    """In Spanish, whose words are longer; one visit for all, since each costs seconds."""
    browser = visitor(screen)
    browser.take(Look("es", WIDE, "light"))
    screen.open(browser, town)
    found = {"keyboard": troubles(browser), "light": breaches(browser)}
    browser.show_theme("dark")
    found["dark"] = contrast_breaches(browser)
    browser.take(Look("es", PHONE, "dark"))
    found["phone, dark"] = breaches(browser)
    found |= {f"{width} px": too_large(browser, width) for width in WIDTHS}
    assert {name: lines for name, lines in found.items() if lines} == {}
