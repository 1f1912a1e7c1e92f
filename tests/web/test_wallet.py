"""The wallet: topped up, with saved cards, paid out, and its papers; and what channels sell."""

from __future__ import annotations

import csv
import secrets
from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.web.accounts import Account
from tests.web.client import PHONE, Client
from tests.web.conftest import MakeClient
from tests.web.money import GOOD, HostedPage, Sheet, let_days_pass, sell, tip_by_api

_MASTERCARD = "5555555555554444"


def cards(browser: Client, ending: str) -> Locator:
    """Find a saved card by its last digits."""
    return browser.page.get_by_role("listitem").filter(has_text=ending)


def test_the_wallet_is_topped_up_and_shows_its_account(client: MakeClient, ana: Account) -> None:
    hers = client(ana, language="es").open("wallet")
    account = hers.page.get_by_role("link", name=hers.words("payments.activity"))
    colour = "(link) => getComputedStyle(link).backgroundColor"
    other = hers.page.get_by_role("link", name=hers.words("payments.cards"))
    assert account.evaluate(colour) != other.evaluate(colour)  # what stands beside is marked
    hers.button("payments.do.top_up").click()
    Sheet(hers).amount("20,00").submit().click()
    HostedPage(hers).type(GOOD)
    hers.is_at("wallet")
    expect(hers.page.locator(".wallet-balances")).to_contain_text("20,00")
    account.click()
    hers.is_at("wallet/activity")
    expect(account).to_have_attribute("aria-current", "page")
    expect(hers.page.locator(".line-amount")).to_contain_text("20,00")


def test_cards_are_saved_made_usual_and_removed(client: MakeClient, ana: Account) -> None:
    hers = client(ana, size=PHONE).open("wallet/cards")
    for number in (GOOD, _MASTERCARD):
        hers.button("payments.cards.add").click()
        HostedPage(hers).type(number)
        hers.is_at("wallet/cards")
        expect(cards(hers, number[-4:])).to_be_visible()
    usual = hers.words("payments.cards.usual")
    mark = hers.page.get_by_text(usual, exact=True)
    expect(mark).to_have_count(1)
    other = next(each for each in (GOOD[-4:], _MASTERCARD[-4:]) if not cards(hers, each).filter(has=mark).count())
    cards(hers, other).get_by_role("button").first.click()
    expect(cards(hers, other).get_by_text(usual, exact=True)).to_be_visible()
    expect(mark).to_have_count(1)
    cards(hers, other).get_by_role("button").last.click()
    hers.button("payments.cards.remove", hers.page.get_by_role("dialog")).click()
    expect(cards(hers, other)).to_have_count(0)
    assert len(ana.get("/payment-methods")["items"]) == 1


def test_an_author_is_paid_out(client: MakeClient, ana: Account, ben: Account) -> None:
    channel = ana.channel(f"Guitar {secrets.token_hex(4)}")
    ben.follow(channel)
    tip_by_api(ben, channel, 5000)
    hers = client(ana).open("wallet/payouts")
    hers.field("payments.country").select_option("ES")
    hers.button("payments.payouts.begin").click()
    hers.page.locator("button[name=answer][value=complete]").click()
    hers.is_at("wallet/payouts")
    hers.complaints.expect("409 POST /v1/payouts")
    hers.field("payments.amount").fill("10.00")
    hers.button("payments.payouts.do").click()
    expect(hers.page.get_by_role("alert").first).to_be_visible()  # cards may still be charged back
    let_days_pass(ana)
    hers.button("payments.payouts.do").click()
    expect(hers.page.get_by_role("listitem").filter(has_text="10.00")).to_be_visible()
    assert [each["amount"] for each in ana.get("/payouts")["items"]] == [1000]


def test_receipts_and_statements_are_taken_home(client: MakeClient, ana: Account, ben: Account, tmp_path: Path) -> None:
    channel = ana.channel(f"Poems {secrets.token_hex(4)}")
    ben.follow(channel)
    tip_by_api(ben, channel, 700)
    his = client(ben, language="es").open("wallet/payments")
    with his.page.expect_download() as pdf:
        his.button("payments.receipt.pdf").click()
    pdf.value.save_as(tmp_path / "receipt.pdf")
    assert pdf.value.suggested_filename.endswith(".pdf")
    assert (tmp_path / "receipt.pdf").read_bytes().startswith(b"%PDF-")
    with his.page.expect_popup() as tab:
        his.page.locator("app-receipt-links a").click()
    expect(tab.value.get_by_role("heading", name=his.words("payments.receipt"))).to_be_visible()
    expect(tab.value.locator("main").last).to_contain_text("7,00")
    hers = client(ana).open("wallet/activity")
    expect(hers.page.locator(".line-amount").first).to_be_visible()
    with hers.page.expect_download() as statement:
        hers.button("payments.statement").click()
    statement.value.save_as(tmp_path / "statement.csv")
    lines = list(csv.reader((tmp_path / "statement.csv").read_text("utf-8-sig").splitlines()))
    assert any("6.65" in each for line in lines for each in line), lines


def test_a_coupon_is_made_and_makes_a_subscription_cheaper(client: MakeClient, ana: Account, ben: Account) -> None:
    channel = ana.channel(f"Bread {secrets.token_hex(4)}")
    ben.follow(channel)
    sell(ana, channel, "Friends of the oven", 1000)
    hers = client(ana).open(f"channels/{channel}/selling")
    hers.button("payments.coupon.new").click()
    dialog = hers.page.get_by_role("dialog").filter(visible=True)
    hers.field("payments.coupon.code", dialog).fill("HALF")
    hers.button("payments.coupon.make", dialog).click()
    hers.sees(hers.words("payments.coupon.percent_wrong"))
    hers.field("payments.coupon.percent", dialog).fill("50")
    hers.button("payments.coupon.make", dialog).click()
    expect(hers.page.get_by_role("listitem").filter(has_text="HALF")).to_be_visible()
    his = client(ben, language="es", size=PHONE).open(f"channels/{channel}")
    his.button("payments.subscribe").first.click()
    sheet = Sheet(his)
    his.field("payments.coupon.optional", sheet.dialog).fill("half")
    his.button("payments.coupon.check", sheet.dialog).click()
    expect(sheet.dialog.get_by_role("status").first).to_contain_text("5,00")
    sheet.with_card().submit("payments.subscribe_for").click()
    HostedPage(his).type(GOOD)
    his.is_at(f"channels/{channel}")
    (paid,) = ben.get("/payments")["items"]
    assert (paid["amount"], paid["status"]) == (500, "succeeded")


def test_one_post_is_bought(client: MakeClient, ana: Account, ben: Account) -> None:
    channel = ana.channel(f"Maps {secrets.token_hex(4)}")
    ben.follow(channel)
    price = {"amount": 250, "currency": "EUR"}
    ana.publish(channel, "The path begins behind the mill", price=price, teaser="A path that nobody knows")
    his = client(ben).open(f"channels/{channel}")
    his.sees("A path that nobody knows")
    his.button("payments.locked.buy").click()
    Sheet(his).with_card().submit().click()
    HostedPage(his).type(GOOD)
    his.is_at(f"channels/{channel}")
    his.sees("The path begins behind the mill")
