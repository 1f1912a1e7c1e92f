"""A browser of somebody: one context with one page, and what a person finds in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from playwright.sync_api import Browser, BrowserContext, CDPSession, Locator, Page, expect

from tests.web.accounts import Account
from tests.web.complaints import Complaints
from tests.web.words import Words

#: Two cores may serve six services, a database, and several browsers at once.
PATIENCE_MS = 20_000

# Colours change in transitions, short ones where somebody wants no motion.
_COLOURS_HAVE_CHANGED = """() => new Promise(requestAnimationFrame).then(() => Promise.allSettled(
  document.getAnimations().filter((each) => each instanceof CSSTransition).map((each) => each.finished)))"""
_LOCALES = {"es": "es-ES", "en": "en-GB"}
WIDE, PHONE = (1280, 800), (390, 844)


@dataclass(frozen=True)
class Look:
    """In which language, size and theme somebody uses Charla."""

    language: str = "en"
    size: tuple[int, int] = WIDE
    theme: str = "light"

    def __str__(self) -> str:
        return f"{self.language}-{self.theme}-{self.size[0]}"

    def options(self) -> dict[str, Any]:
        """Return what a browser context is made with."""
        width, height = self.size
        return {
            "locale": _LOCALES[self.language],
            "timezone_id": "Europe/Madrid",
            "color_scheme": self.theme,
            "reduced_motion": "reduce",  # what moves is neither measured nor photographed in between
            "viewport": {"width": width, "height": height},
            "has_touch": width < 600,
            "permissions": ["microphone", "clipboard-read", "clipboard-write"],
        }


def browser_origin(url: str) -> str:
    """Return the origin that pages are opened at: passkeys need a name, an address is none."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.replace("127.0.0.1", "localhost"), "", "", ""))


class Client:
    """A person's browser."""

    def __init__(self, context: BrowserContext, origin: str, look: Look) -> None:
        self.context = context
        self.origin = origin
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.complaints = Complaints(self.page)
        self.take(look)

    @classmethod
    def made(
        cls, browser: Browser, url: str, look: Look, account: Account | None = None, service_worker: bool = False
    ) -> Client:
        """Open a browser; that of an account has signed in before.

        Args:
            browser: what it is opened in.
            url: where Charla is.
            look: language, size and theme.
            account: whose browser it is; without one nobody has signed in.
            service_worker: whether the shell is kept for times without network. It takes a second of work each.
        """
        origin = browser_origin(url)
        options = look.options() | {"service_workers": "allow" if service_worker else "block"}
        if account is not None:
            options["storage_state"] = account.browser_state(origin)
        return cls(browser.new_context(**options), origin, look)

    def take(self, look: Look) -> None:
        """Go on in another language (from the next page on), size or theme."""
        self.look, self.words = look, Words(look.language)
        self.page.set_viewport_size({"width": look.size[0], "height": look.size[1]})
        self.show_theme(look.theme)

    def show_theme(self, theme: str) -> None:
        """Let the system be light or dark, and wait until everything looks so."""
        self.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        self.page.evaluate(_COLOURS_HAVE_CHANGED)

    def open(self, place: str = "") -> Client:
        """Go to a place, such as `c` or `settings/appearance`."""
        self.page.goto(f"{self.origin}/{self.look.language}/{place}")
        return self

    def button(self, text_id: str, inside: Locator | None = None) -> Locator:
        """Find a button by its name."""
        return (inside or self.page).get_by_role("button", name=self.words.pattern(text_id))

    def link(self, text_id: str, inside: Locator | None = None) -> Locator:
        """Find a link by its name."""
        return (inside or self.page).get_by_role("link", name=self.words.pattern(text_id))

    def field(self, text_id: str, inside: Locator | None = None) -> Locator:
        """Find a control by its label."""
        return (inside or self.page).get_by_label(self.words(text_id), exact=True)

    def heading(self, text_id: str) -> Locator:
        """Find a heading."""
        return self.page.get_by_role("heading", name=self.words.pattern(text_id))

    def sees(self, text: str | re.Pattern[str]) -> None:
        """Wait until a text is on the screen."""
        expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible()

    def is_at(self, place: str) -> None:
        """Wait until the address is that of a place; `*` stands for one part of it."""
        path = re.escape(place).replace(r"\*", "[^/?]+")
        expect(self.page).to_have_url(re.compile(rf"/{self.look.language}/{path}([?#].*)?$"))

    def cdp(self) -> CDPSession:
        """Speak with the browser itself about the page."""
        return self.context.new_cdp_session(self.page)
