"""What programs do in a group, on people's screens: a webhook writes, and a command is chosen."""

from __future__ import annotations

from urllib.parse import urlsplit

import requests
from playwright.sync_api import expect

from tests.web.accounts import Account
from tests.web.conftest import MakeClient


def test_a_webhook_is_made_writes_under_its_name_and_ends(client: MakeClient, ana: Account, ben: Account) -> None:
    room = ana.room_with(ben, title="Builders")
    hers = client(ana, language="es").open(f"c/{room}/info")
    hers.button("chat.webhook.new").click()
    dialog = hers.page.get_by_role("dialog").filter(visible=True)
    dialog.get_by_role("textbox").fill("Builds")
    hers.button("chat.save", dialog).click()
    hers.button("chat.webhook.copy").click()
    address = dialog.locator("code").inner_text()
    assert hers.page.evaluate("navigator.clipboard.readText()") == address
    hers.button("chat.webhook.done", dialog).click()
    posted = requests.post(ana.url + urlsplit(address).path, json={"text": "Build 317 is done."}, timeout=60)
    assert posted.status_code == 201, posted.text
    his = client(ben).open(f"c/{room}")
    line = his.page.get_by_role("article").filter(has_text="Build 317 is done.")
    expect(line.locator(".bubble-author")).to_contain_text("Builds")
    expect(line.locator(".tag")).to_be_visible()
    row = hers.page.locator("app-webhooks li").filter(has_text="Builds")
    row.get_by_role("button").click()
    hers.page.get_by_role("menuitem").last.click()
    hers.button("chat.webhook.delete").filter(visible=True).click()
    expect(row).to_have_count(0)
    assert requests.post(ana.url + urlsplit(address).path, json={"text": "x"}, timeout=60).status_code == 404


def test_a_command_is_chosen_by_the_keyboard(client: MakeClient, ana: Account, ben: Account) -> None:
    room = ana.room_with(ben, title="Bots")
    names = ("echo", "edit", "help")
    commands = [{"name": name, "description": f"Does {name}", "usage": "<words>"} for name in names]
    assert ben.ask("PUT", f"/conversations/{room}/commands", {"commands": commands}).status_code == 200
    hers = client(ana).open(f"c/{room}")
    field = hers.field("chat.message")
    field.click()
    field.press_sequentially("/e")
    options = hers.page.get_by_role("option")
    expect(options).to_have_count(2)
    field.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    expect(field).to_have_value("/edit ")
    field.press_sequentially("this")
    field.press("Enter")
    expect(hers.page.locator(".bubble .command")).to_have_text("/edit")
