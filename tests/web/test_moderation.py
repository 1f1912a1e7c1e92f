"""What somebody reports reaches the moderators, and nobody else."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.web.accounts import Account
from tests.web.chats import Chat
from tests.web.conftest import MakeClient


def test_a_report_is_looked_at_and_settled(client: MakeClient, ana: Account, ben: Account) -> None:
    ben.become_admin()
    room = ana.room_with(ben, title="Market")
    ben.say(room, "Cheap mattresses! Only today!")
    hers = Chat.open(client(ana, language="es"), room)
    hers.act("Cheap mattresses! Only today!", "messages.report")
    dialog = hers.page.get_by_role("dialog")
    dialog.get_by_role("radio").first.check()
    hers.client.field("messages.report.note", dialog).fill(f"Otra vez {ana.username}")
    hers.client.button("messages.report", dialog).click()
    expect(dialog).not_to_be_visible()

    report = report_of(ben, room)
    his = client(ben).open("moderation/reports")
    his.page.locator(f"a[href$='/moderation/reports/{report}']").click()
    his.sees(f"Otra vez {ana.username}")
    expect(his.page.locator(".evidence [aria-current=true]")).to_contain_text("Cheap mattresses! Only today!")
    his.button("moderation.dismiss").click()
    expect(his.button("moderation.dismiss")).to_have_count(0)
    assert report_of(ben, room) is None


def report_of(moderator: Account, room: str) -> str | None:
    """Return the open report about something in a conversation."""
    reports = moderator.get("/reports", state="open", limit=50)["items"]
    return next((each["id"] for each in reports if each["conversation_id"] == room), None)


def test_who_moderates_nothing_sees_no_such_page(client: MakeClient, ana: Account) -> None:
    browser = client(ana).open("moderation/reports")
    browser.is_at("c")
    browser.open("settings")
    expect(browser.heading("core.nav.settings")).to_be_visible()
    expect(browser.link("moderation")).to_have_count(0)


def test_administrators_see_every_instance(client: MakeClient, ana: Account, ben: Account) -> None:
    ben.become_admin()
    known = ben.get("/admin/instances")["items"]
    his = client(ben).open("moderation")
    his.link("moderation.instances").click()
    expect(his.heading("moderation.instances")).to_be_visible()
    if known:
        expect(his.page.locator(".thing").filter(has_text=known[0]["address"]).first).to_be_visible()
    else:  # a stack without a registry
        expect(his.page.get_by_text(his.words("moderation.instances.none.words"))).to_be_visible()
    his.button("moderation.instances.refresh").click()
    expect(his.heading("moderation.instances")).to_be_visible()

    hers = client(ana).open("moderation/instances")
    hers.is_at("c")
