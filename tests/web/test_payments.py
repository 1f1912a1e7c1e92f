"""Money: paid in chats and for channels, with cards that are typed at the provider's page."""

from __future__ import annotations

import secrets

import pytest
from playwright.sync_api import Locator, expect

from tests.web.accounts import Account
from tests.web.chats import Chat
from tests.web.client import PHONE, Client
from tests.web.conftest import MakeClient
from tests.web.money import (
    ASKS_ALWAYS,
    DECLINED,
    GOOD,
    HostedPage,
    Sheet,
    sell,
)

_WRITTEN = {"es": "12,50", "en": "12.50"}


@pytest.mark.parametrize("language", ["es", "en"])
def test_somebody_pays_in_a_chat_with_a_card(client: MakeClient, ana: Account, ben: Account, language: str) -> None:
    room = ana.room_with(ben)
    hers, his = client(ana, language=language), client(ben, language=language, size=PHONE)
    Chat.open(his, room)
    Chat.open(hers, room)
    open_money(hers, "payments.sheet.pay").amount(_WRITTEN[language]).note("For the bread").with_card().submit().click()
    HostedPage(hers).type(GOOD)
    hers.is_at(f"c/{room}")
    for each in (hers, his):
        card = payment(each, _WRITTEN[language])
        expect(card).to_contain_text("For the bread")
        expect(card).to_contain_text(each.words("payments.status.succeeded"))


def test_a_card_that_is_declined_pays_nothing(client: MakeClient, ana: Account, ben: Account) -> None:
    room = ana.room_with(ben)
    hers = client(ana)
    Chat.open(hers, room)
    open_money(hers, "payments.sheet.pay").amount("5").with_card().submit().click()
    page = HostedPage(hers)
    page.type(DECLINED)
    page.refuses()
    page.leave()
    expect(hers.heading("payments.return.open")).to_be_visible()
    hers.button("payments.do.call_off").click()
    hers.is_at(f"c/{room}")
    assert [each["status"] for each in ana.get("/payments")["items"]] == ["canceled"]
    assert ana.texts(room) == []


def test_a_bank_that_asks_is_answered(client: MakeClient, ana: Account, ben: Account) -> None:
    room = ana.room_with(ben)
    hers = client(ana, language="es", size=PHONE)
    Chat.open(hers, room)
    open_money(hers, "payments.sheet.pay").amount("20").with_card().submit().click()
    page = HostedPage(hers)
    page.type(ASKS_ALWAYS)
    page.confirm()
    hers.is_at(f"c/{room}")
    expect(payment(hers, "20,00")).to_contain_text(hers.words("payments.status.succeeded"))


def test_what_somebody_asks_for_is_paid_or_declined(client: MakeClient, ana: Account, ben: Account) -> None:
    room = ana.room_with(ben)
    hers, his = client(ana), client(ben, language="es")
    Chat.open(hers, room)
    Chat.open(his, room)
    for amount in ("7,50", "900"):
        open_money(his, "payments.sheet.request").amount(amount).submit("payments.do.ask").click()
    hers.button("payments.do.decline", payment(hers, "900.00")).click()
    expect(payment(his, "900,00")).to_contain_text(his.words("payments.status.declined"))
    hers.button("payments.do.pay", payment(hers, "7.50")).click()
    Sheet(hers).with_card().submit().click()
    HostedPage(hers).type(GOOD)
    expect(payment(hers, "7.50")).to_contain_text(hers.words("payments.status.paid"))
    expect(payment(his, "7,50")).to_contain_text(his.words("payments.status.paid"))
    expect(his.button("payments.do.refund", payment(his, "7,50"))).to_be_visible()


def test_a_double_click_pays_once(client: MakeClient, ana: Account, ben: Account) -> None:
    room = ana.room_with(ben)
    hers = client(ana)
    Chat.open(hers, room)
    open_money(hers, "payments.sheet.pay").amount("3").with_card().submit().dblclick()
    HostedPage(hers).type(GOOD)
    hers.is_at(f"c/{room}")
    payment(hers, "3.00")
    assert len(ana.get("/payments")["items"]) == 1


def test_a_reader_gives_a_tip(client: MakeClient, ana: Account, ben: Account) -> None:
    channel = ana.channel(f"Songs {secrets.token_hex(4)}")
    ben.follow(channel)
    ana.publish(channel, "A new song")
    his = client(ben, size=PHONE).open(f"channels/{channel}")
    his.sees("A new song")
    his.page.get_by_role("article").get_by_role("button", name=his.words("payments.sheet.tip")).click()
    Sheet(his).amount("2").with_card().submit().click()
    HostedPage(his).type(GOOD)
    his.is_at(f"channels/{channel}")
    (got,) = ana.get("/payments", role="payee")["items"]
    assert (got["kind"], got["amount"], got["status"]) == ("tip", 200, "succeeded")


def test_a_subscription_opens_paid_posts_and_a_refund_closes_them(
    client: MakeClient, ana: Account, ben: Account
) -> None:
    channel = ana.channel(f"Recipes {secrets.token_hex(4)}")
    ben.follow(channel)
    sell(ana, channel, "Friends of the kitchen", 300)
    ana.publish(channel, "The secret is a bay leaf", paid=True, teaser="What makes the soup so good")
    his = client(ben).open(f"channels/{channel}")
    his.sees("What makes the soup so good")
    expect(his.page.get_by_text("bay leaf")).to_have_count(0)
    his.button("payments.subscribe").first.click()
    Sheet(his).with_card().submit("payments.subscribe_for").click()
    HostedPage(his).type(GOOD)
    his.is_at(f"channels/{channel}")
    his.sees("The secret is a bay leaf")
    hers = client(ana).open(f"channels/{channel}/earnings")
    hers.button("payments.do.refund").click()
    Sheet(hers).submit("payments.do.refund").click()
    hers.sees(hers.words("payments.status.refunded"))
    expect(his.page.get_by_text("bay leaf")).to_have_count(0, timeout=60_000)
    his.sees("What makes the soup so good")


def test_wrong_amounts_are_refused_in_words(client: MakeClient, ana: Account, ben: Account) -> None:
    hers = client(ana, language="es")
    Chat.open(hers, ana.room_with(ben))
    sheet = open_money(hers, "payments.sheet.pay")
    for typed, words in (("-5", "negative"), ("1,005", "digits"), ("0", "zero"), ("dos", "unreadable"), ("", "empty")):
        sheet.amount(typed)
        sheet.dialog.locator("button[type=submit]").click()
        hers.sees(hers.words(f"payments.amount.{words}"))
    assert ana.get("/payments")["items"] == []


def open_money(client: Client, text_id: str) -> Sheet:
    """Open the sheet to pay or to ask, from the composer's tools."""
    tools = client.button("messages.tools")
    if tools.get_attribute("aria-expanded") == "false":
        tools.click()
    client.button("payments.money").click()
    client.page.get_by_role("menuitem", name=client.words(text_id), exact=True).click()
    return Sheet(client)


def payment(client: Client, amount: str) -> Locator:
    """Find the card of a payment or request of an amount."""
    card = client.page.get_by_role("article").locator("app-payment-card").filter(has_text=amount)
    expect(card).to_be_visible()
    return card
