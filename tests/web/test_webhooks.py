"""The webhooks of a channel, on its owner's screen."""

from __future__ import annotations

import secrets

from playwright.sync_api import expect

from tests.web.accounts import Account
from tests.web.conftest import MakeClient


def test_a_webhook_is_attached_paused_and_goes_on(client: MakeClient, ana: Account) -> None:
    channel = ana.channel(f"Signals {secrets.token_hex(4)}")
    hers = client(ana, language="es").open(f"channels/{channel}/observers")
    hers.button("channels.observer.new").first.click()
    dialog = hers.page.get_by_role("dialog").filter(visible=True)
    address = "https://93.184.215.14/charla"  # by its number: no name is looked up outside
    dialog.get_by_role("textbox").fill(address)
    hers.button("channels.observer.attach", dialog).click()
    hers.button("channels.observer.copy", dialog).click()
    secret = dialog.locator("code").inner_text()
    assert hers.page.evaluate("navigator.clipboard.readText()") == secret
    hers.button("channels.done", dialog).click()
    card = hers.page.get_by_role("listitem").filter(has_text=address)
    hers.button("channels.observer.pause", card).click()
    expect(hers.button("channels.observer.resume", card)).to_be_visible()
    assert state(ana, channel) == "paused"
    hers.page.reload()
    hers.button("channels.observer.resume", card).click()
    expect(hers.button("channels.observer.pause", card)).to_be_visible()
    assert state(ana, channel) == "active"


def state(owner: Account, channel: str) -> str:
    """Return how the only observer of a channel is."""
    (observer,) = owner.get(f"/channels/{channel}/observers")["items"]
    return str(observer["state"])
