"""The main screens: where each is, and how one sees that it has settled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Locator, expect

from tests.web.client import Client
from tests.web.town import Town


@dataclass(frozen=True)
class Screen:
    """One of them."""

    name: str
    place: Callable[[Town], str]
    settled: Callable[[Client, Town], Locator]
    signed_in: bool = True

    def open(self, client: Client, town: Town) -> None:
        """Go there, and wait until all of it stands."""
        client.open(self.place(town))
        expect(self.settled(client, town).first).to_be_visible()
        expect(client.page.locator("app-skeleton:visible, app-spinner:visible")).to_have_count(0)

    def __str__(self) -> str:
        return self.name


def _at(place: str) -> Callable[[Town], str]:
    return lambda _town: place


def _heading(text_id: str) -> Callable[[Client, Town], Locator]:
    return lambda client, _town: client.heading(text_id)


def _text(text_id: str) -> Callable[[Client, Town], Locator]:
    return lambda client, _town: client.page.get_by_text(client.words(text_id))


SCREENS = (
    Screen("sign-in", _at("sign-in"), _heading("auth.sign_in.heading"), signed_in=False),
    Screen("sign-up", _at("sign-up"), _heading("auth.sign_up.heading"), signed_in=False),
    Screen("forgot-password", _at("forgot-password"), _heading("auth.forgot.link"), signed_in=False),
    Screen("chats", _at("c"), _heading("core.nav.chats")),
    Screen("channels", _at("channels"), _heading("core.nav.channels")),
    Screen("notifications", _at("notifications"), _heading("core.nav.notifications")),
    Screen("settings", _at("settings"), _heading("core.nav.settings")),
    Screen("appearance", _at("settings/appearance"), _heading("settings.appearance")),
    Screen("not-found", _at("nowhere"), _text("core.not_found.heading")),
)
