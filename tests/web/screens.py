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


def _says(text: str) -> Callable[[Client, Town], Locator]:
    return lambda client, _town: client.page.get_by_text(text).filter(visible=True)


SCREENS = (
    Screen("sign-in", _at("sign-in"), _heading("auth.sign_in.heading"), signed_in=False),
    Screen("sign-up", _at("sign-up"), _heading("auth.sign_up.heading"), signed_in=False),
    Screen("forgot-password", _at("forgot-password"), _heading("auth.forgot.link"), signed_in=False),
    Screen("chats", _at("c"), _says("Sunday walk")),
    Screen("group", lambda town: f"c/{town.group}", _says("How beautiful!")),
    Screen("direct", lambda town: f"c/{town.direct}", _says("The map is on its way to you.")),
    Screen("chat-info", lambda town: f"c/{town.group}/info", _heading("chat.info")),
    Screen("search", _at("c/search"), _text("messages.search")),
    Screen("channels", _at("channels"), _says("Village news")),
    Screen("channel", lambda town: f"channels/{town.channel}", _says("The bakery opens at seven from Monday on.")),
    Screen("channel-browse", _at("channels/browse"), _heading("channels.browse")),
    Screen("channel-new", _at("channels/new"), _heading("channels.new")),
    Screen("channel-about", lambda town: f"channels/{town.channel}/about", _heading("channels.about")),
    Screen("channel-statistics", lambda town: f"channels/{town.channel}/statistics", _heading("channels.statistics")),
    Screen("channel-selling", lambda town: f"channels/{town.channel}/selling", _says("Friends of the village")),
    Screen("channel-earnings", lambda town: f"channels/{town.channel}/earnings", _heading("payments.earned.by_day")),
    Screen("wallet", _at("wallet"), _heading("payments.wallet")),
    Screen("wallet-payments", _at("wallet/payments"), _says("For the bread and the cheese")),
    Screen("wallet-requests", _at("wallet/requests"), _says("The bus")),
    Screen("wallet-cards", _at("wallet/cards"), _heading("payments.cards")),
    Screen("wallet-subscriptions", _at("wallet/subscriptions"), _heading("payments.subscriptions")),
    Screen("wallet-payouts", _at("wallet/payouts"), _heading("payments.payouts")),
    Screen("ad-free", _at("settings/ad-free"), _heading("payments.kind.ad_free")),
    Screen("ad-settings", _at("settings/advertising"), _heading("ads.settings.known")),
    Screen("ad-console", _at("advertising"), _says("Autumn")),
    Screen("ad-campaign", lambda town: f"advertising/{town.campaign}", _says("Bread of the day")),
    Screen("ad-campaign-new", _at("advertising/new"), _heading("ads.campaign.targeting")),
    Screen("ad-report", lambda town: f"advertising/{town.campaign}/report", _heading("ads.views")),
    Screen("ads-to-review", _at("moderation/ads"), _heading("ads.to_review")),
    Screen("reported-ads", _at("moderation/reported-ads"), _heading("ads.reports")),
    Screen("channel-ads", lambda town: f"channels/{town.channel}/advertising", _heading("ads.owner.heading")),
    Screen("notifications", _at("notifications"), _heading("core.nav.notifications")),
    Screen("notification-settings", _at("notifications/preferences"), _heading("notifications.preferences")),
    Screen("settings", _at("settings"), _heading("core.nav.settings")),
    Screen("appearance", _at("settings/appearance"), _heading("settings.appearance")),
    Screen("profile", _at("settings/account"), _heading("account.profile")),
    Screen("security", _at("settings/security"), _heading("account.security")),
    Screen("devices", _at("settings/devices"), _heading("account.devices")),
    Screen("your-data", _at("settings/data"), _heading("account.data")),
    Screen("files", _at("settings/files"), _heading("media.files")),
    Screen("blocked", _at("settings/blocked"), _heading("account.blocked")),
    Screen("reports", _at("moderation/reports"), _heading("moderation.reports")),
    Screen("people", _at("moderation/people"), _heading("moderation.people")),
    Screen("audit", _at("moderation/audit"), _heading("moderation.audit")),
    Screen("instances", _at("moderation/instances"), _heading("moderation.instances")),
    Screen("not-found", _at("nowhere"), _text("core.not_found.heading")),
)
