"""Two people in two browsers: what one does, the other sees at once."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.web.accounts import Account
from tests.web.chats import Chat, ChatList
from tests.web.client import PHONE
from tests.web.conftest import MakeClient


@pytest.mark.parametrize("languages", [("es", "en"), ("en", "es")], ids="-".join)
def test_two_people_write_to_each_other_live(
    client: MakeClient, ana: Account, ben: Account, languages: tuple[str, str]
) -> None:
    room = ana.room_with(ben)
    hers = Chat.open(client(ana, language=languages[0]), room)
    his = Chat.open(client(ben, language=languages[1], size=PHONE), room)
    for chat in (hers, his):
        chat.client.sees(chat.client.words("chat.online"))  # that somebody types is told once, to whoever is there
    hers.composer.press_sequentially("Hola")
    his.client.sees(his.client.words("chat.typing"))
    hers.composer.press_sequentially(", Ben")
    hers.composer.press("Enter")
    his.shows("Hola, Ben")
    hers.shows_receipt("Hola, Ben", "read")
    his.write("Hi Ana")
    hers.shows("Hi Ana")
    his.shows_receipt("Hi Ana", "read")
    assert ana.texts(room) == ["Hola, Ben", "Hi Ana"]


def test_somebody_finds_another_and_begins_a_chat(client: MakeClient, ana: Account, ben: Account) -> None:
    hers, his = client(ana, language="es").open("c"), client(ben).open("c")
    expect(his.heading("chat.none.heading").or_(his.page.get_by_text(his.words("chat.none.heading")))).to_be_visible()
    hers.button("chat.new.direct").first.click()
    dialog = hers.page.get_by_role("dialog")
    hers.field("chat.people.search", dialog).fill(ben.username)
    dialog.get_by_role("button", name=ben.username).click()
    chat = Chat(hers)
    expect(chat.composer).to_be_visible()
    chat.write("¿Vienes el domingo?")
    chat.shows("¿Vienes el domingo?")
    row = ChatList(his).shows("Ana", "¿Vienes el domingo?")
    expect(row).to_contain_text(his.words.counted("chat.unread_count", 1))


def test_a_group_is_made_and_both_are_in_it(client: MakeClient, ana: Account, ben: Account) -> None:
    hers, his = client(ana).open("c"), client(ben, language="es").open("c")
    hers.button("chat.new.group").click()
    dialog = hers.page.get_by_role("dialog")
    hers.field("chat.new.title", dialog).fill("Choir")
    hers.field("chat.people.search", dialog).fill(ben.username)
    dialog.get_by_role("button", name=ben.username).click()
    hers.button("chat.new.begin", dialog).click()
    Chat(hers).write("First rehearsal on Monday")
    ChatList(his).shows("Choir", "First rehearsal on Monday").get_by_role("link").first.click()
    Chat(his).shows("First rehearsal on Monday")


def test_what_one_does_with_a_chat_is_reached_by_keyboard(client: MakeClient, ana: Account, ben: Account) -> None:
    room = ana.room_with(ben)
    browser = client(ana).open("c")
    row = ChatList(browser).row("Ben")
    row.get_by_role("link").focus()
    actions = browser.button("chat.actions", row)
    expect(actions).to_have_count(1)
    browser.page.keyboard.press("Tab")
    expect(actions).to_be_focused()
    browser.page.keyboard.press("Enter")
    browser.page.keyboard.press("End")
    expect(row.get_by_role("menuitem").last).to_be_focused()
    browser.page.keyboard.press("Escape")
    expect(actions).to_be_focused()
    expect(actions).to_have_attribute("aria-expanded", "false")
    browser.page.keyboard.press("Enter")
    expect(row.get_by_role("menuitem", name=browser.words("chat.info"))).to_be_focused()
    browser.page.keyboard.press("Enter")
    browser.is_at(f"c/{room}/info")


def test_a_draft_is_there_on_the_other_device(client: MakeClient, ana: Account, ben: Account) -> None:
    room = ana.room_with(ben)
    phone, desk = Chat.open(client(ana, size=PHONE), room), Chat.open(client(ana), room)
    phone.composer.press_sequentially("I have been thinking")
    expect(desk.composer).to_have_value("I have been thinking")


def test_a_long_history_is_shown_through_a_window(client: MakeClient, ana: Account, ben: Account) -> None:
    room = ana.room_with(ben)
    for number in range(1, 121):
        ben.say(room, f"Verse {number:03}")
    chat = Chat.open(client(ana), room)
    chat.shows("Verse 001").focus()
    expect(chat.message("Verse 120")).to_have_count(0)
    chat.page.keyboard.press("End")
    chat.shows("Verse 120")
    expect(chat.message("Verse 001")).to_have_count(0)
    assert chat.page.get_by_role("article").count() < 100
    chat.message("Verse 120").focus()
    chat.page.keyboard.press("Home")
    chat.shows("Verse 001")
