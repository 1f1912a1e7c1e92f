"""Channels: found, followed, and heard at once."""

from __future__ import annotations

import secrets

import pytest
from playwright.sync_api import expect

from tests.web.accounts import Account
from tests.web.client import PHONE, Client
from tests.web.conftest import MakeClient


@pytest.mark.parametrize("language", ["es", "en"])
def test_somebody_follows_a_channel_and_gets_its_post(
    client: MakeClient, ana: Account, ben: Account, language: str
) -> None:
    title = f"Harbour {secrets.token_hex(4)}"
    channel = ana.channel(title)
    his = client(ben, language=language, size=PHONE).open("channels/browse")
    find(his, title)
    his.button("channels.follow").click()
    expect(his.button("channels.level")).to_be_visible()
    ana.publish(channel, "The ferry is late today")
    his.sees("The ferry is late today")
    his.open("channels")
    expect(his.page.get_by_role("listitem").filter(has_text=title)).to_contain_text("The ferry is late today")


def test_a_channel_is_made_and_its_first_post_is_published(client: MakeClient, ana: Account, ben: Account) -> None:
    title = f"Garden {secrets.token_hex(4)}"
    hers = client(ana).open("channels/new")
    hers.field("channels.form.title").fill(title)
    hers.button("channels.create").click()
    box = hers.page.get_by_role("textbox", name=hers.words("channels.write"), exact=True)
    box.fill("Tomatoes are **ripe**")
    hers.button("channels.publish").click()
    hers.sees("Tomatoes are")
    his = client(ben, language="es").open("channels/browse")
    find(his, title)
    his.sees("Tomatoes are")
    expect(his.page.locator("strong", has_text="ripe")).to_be_visible()


def test_new_posts_are_counted_until_they_are_read(client: MakeClient, ana: Account, ben: Account) -> None:
    title = f"Library {secrets.token_hex(4)}"
    channel = ana.channel(title)
    ben.follow(channel)
    his = client(ben, language="es").open("c")
    channels = his.page.get_by_role("navigation").get_by_role("link").filter(has_text=his.words("core.nav.channels"))
    expect(channels).to_be_visible()
    ana.publish(channel, "We open on Sunday")
    expect(channels).to_contain_text("1")
    channels.click()
    his.page.get_by_role("link", name=title).click()
    his.sees("We open on Sunday")
    expect(channels).not_to_contain_text("1")


def find(browser: Client, title: str) -> None:
    """Search for a channel and open it; what is not sought has gone by then."""
    found = browser.page.locator("app-browse-channels").get_by_role("listitem")
    browser.field("channels.search").fill(title)
    expect(found).to_have_count(1)
    found.get_by_role("link", name=title).click()
