"""Balances, lines, statements that add up, and earnings."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.ads import AdRevenueSettled
from contracts.base import Invalid, new_id
from contracts.payments import BalanceTooLow, CurrencyUnknown
from svc_payments.actions import ad_revenue, paying, refunding, statements
from svc_payments.ledger import accounts
from svc_payments.ledger.posting import Cause, Move, post
from svc_payments.money import decimal, localized
from svc_payments.service import PaymentsService
from tests.payments_base import Owner, right
from tests.services import calling
from tests.svc_payments_plans.world import World

NOW = datetime.now(UTC)


def tip(world: World, payer: str, payee: str, amount: int, channel_id: str | None = None, note: str = "") -> str:
    order = paying.Order(
        payment_id=new_id(),
        kind="tip",
        payer_id=payer,
        payee_id=payee,
        amount=amount,
        currency="EUR",
        note=note,
        method="balance",
        channel_id=channel_id,
        fee_bps=500,
    )
    return world.do(paying.begin, order, NOW).id


def rows(body: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body, newline="")))


def test_balances_in_each_currency(world: World, service: PaymentsService) -> None:
    ada = new_id()
    with calling(ada):
        assert service.get_balances() == []
    world.fund(ada, 700)
    world.fund(ada, 900, "JPY")
    with calling(ada):
        found = {each["currency"]: each["available"] for each in service.get_balances()}
    assert found == {"EUR": 700, "JPY": 900}


def test_lines_come_page_by_page_with_their_notes(world: World, service: PaymentsService) -> None:
    ada, bob = new_id(), new_id()
    world.fund(ada, 10_000)
    sent = [tip(world, ada, bob, 100 + n, note=f"number {n}") for n in range(5)]
    seen, after = [], None
    with calling(ada):
        while True:
            page = service.list_lines(currency="EUR", limit=2, after=after)
            seen += page["items"]
            after = page["next"]
            if after is None:
                break
        for cursor in ("x", "", 7, "bnVsbA"):
            with pytest.raises(Invalid):
                service.list_lines(currency="EUR", after=cursor)  # type: ignore[arg-type]
        with pytest.raises(CurrencyUnknown):
            service.list_lines(currency="XXX")
    assert [line["payment_id"] for line in seen] == [*reversed(sent), None]
    assert [line["amount"] for line in seen] == [-104, -103, -102, -101, -100, 10_000]
    assert seen[0]["memo"] == "number 4"


def test_a_statement_adds_up_from_month_to_month(world: World, service: PaymentsService, owner: Owner) -> None:
    ada, bob = new_id(), new_id()
    world.fund(ada, 10_000)
    owner.age(timedelta(days=40))
    for amount in (100, 2_005, 301):
        tip(world, ada, bob, amount, note="=1+1")
    then = (NOW - timedelta(days=40)).strftime("%Y-%m")
    with calling(ada):
        first = rows(service.get_statement(currency="EUR", month=then)["body"])
        second = service.get_statement(currency="EUR", month=NOW.strftime("%Y-%m"))
    found = rows(second["body"])
    assert second["name"] == f"charla-{NOW:%Y-%m}-EUR.csv"
    assert first[-1]["kind"] == "closing_balance" and first[-1]["balance"] == "100.00"
    assert [row["amount"] for row in found] == ["", "-1.00", "-20.05", "-3.01", ""]
    assert [row["balance"] for row in found] == ["100.00", "99.00", "78.95", "75.94", "75.94"]
    assert found[1]["note"] == "'=1+1"
    assert second["body"].count("\r\n") == 6 and "\n" not in second["body"].replace("\r\n", "")
    with calling(bob):
        got = rows(service.get_statement(currency="EUR", month=NOW.strftime("%Y-%m"))["body"])
    assert got[0]["balance"] == "0.00" and got[-1]["balance"] == decimal(95 + 1_905 + 286, "EUR")


def test_a_long_month_is_whole(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "PAGE", 3)
    ada, bob = new_id(), new_id()
    world.fund(ada, 1_000)
    for _ in range(7):
        tip(world, ada, bob, 100)
    body = world.look(statements.statement, ada, "EUR", NOW.year, NOW.month)
    assert [row["balance"] for row in rows(body)] == [
        "0.00", "10.00", "9.00", "8.00", "7.00", "6.00", "5.00", "4.00", "3.00", "3.00"
    ]  # fmt: skip


def test_only_months_are_taken(service: PaymentsService) -> None:
    with calling(new_id()):
        for month in ("2026-13", "2026-00", "26-01", "2026-1", "2026-01-01", "", "1999-01", 202601, None):
            with pytest.raises(Invalid):
                service.get_statement(currency="EUR", month=month)  # type: ignore[arg-type]


def test_months_follow_each_other() -> None:
    assert statements.month_of(2026, 12) == (datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
    assert statements.month_of(2026, 1)[1] == statements.month_of(2026, 2)[0]


@given(st.text(max_size=30))
def test_no_cell_is_a_formula(cell: str) -> None:
    shown = statements.harmless(cell)
    assert not shown.lstrip(" \u00a0\ufeff")[:1] or shown.lstrip(" \u00a0\ufeff")[0] not in "=+-@\t\r\n|%"
    assert shown in (cell, f"'{cell}")


def test_amounts_are_written_as_people_write_them() -> None:
    assert [decimal(amount, "EUR") for amount in (0, 5, -5, 123_456)] == ["0.00", "0.05", "-0.05", "1234.56"]
    assert decimal(-1_200, "JPY") == "-1200"
    assert localized(123_456_789, "EUR", "en") == "EUR\u00a01,234,567.89"
    assert localized(123_456_789, "EUR", "es") == "1.234.567,89\u00a0EUR"
    assert localized(-123_456, "EUR", "es") == "-1234,56\u00a0EUR"
    assert localized(-900, "JPY", "es") == "-900\u00a0JPY"


def test_earnings_are_net_of_fees_and_refunds(world: World, service: PaymentsService, owner: Owner) -> None:
    ada, bob, one, two = new_id(), new_id(), new_id(), new_id()
    world.fund(ada, 100_000)
    tip(world, ada, bob, 1_000, one)
    owner.age(timedelta(days=2))
    tip(world, ada, bob, 2_000, two)
    back = tip(world, ada, bob, 500, one)
    facts = {"is_admin": False, "amount": 100, "reason": "", "end_access": None, "now": NOW}
    world.do(refunding.decide, back, bob, **facts)
    world.fund(bob, 7_777)  # a top-up is no earning
    with calling(bob):
        found = service.get_earnings(currency="EUR", days=3)
        here = service.get_earnings(currency="EUR", days=3, channel_id=one)
        today = service.get_earnings(currency="EUR", days=1)
    assert [day["amount"] for day in found["days"]] == [950, 0, 1_900 + 475 - 95]
    assert [day["payments"] for day in found["days"]] == [1, 0, 2]
    assert (found["total"], found["kinds"]) == (3_230, {"tip": 3_230})
    assert [day["amount"] for day in here["days"]] == [950, 0, 380]
    assert today["total"] == 2_280
    with calling(ada):
        assert service.get_earnings(currency="EUR")["total"] == 0


def settled(campaign_id: str, owner_id: str, amount: int, channel_id: str | None = None) -> AdRevenueSettled:
    return AdRevenueSettled(
        settlement_id=new_id(),
        campaign_id=campaign_id,
        advertiser_id=new_id(),
        channel_id=channel_id or new_id(),
        owner_id=owner_id,
        amount=amount,
        currency="EUR",
    )


def test_ad_revenue_is_shared_once_and_is_an_earning(world: World, service: PaymentsService) -> None:
    campaign, bob, channel = new_id(), new_id(), new_id()

    def prepay(session) -> None:
        moves = [Move(accounts.PROVIDER, -101), Move(accounts.campaign(campaign), 101)]
        post(session, kind="charge", key=new_id(), cause=Cause("provider", "e"), currency="EUR", moves=moves)

    world.do(prepay)
    event = settled(campaign, bob, 101, channel)
    assert world.do(ad_revenue.share, event)
    assert not world.do(ad_revenue.share, event)
    held = [world.held(account) for account in (accounts.person(bob), accounts.FEES, accounts.campaign(campaign))]
    assert held == [51, 50, 0]
    with pytest.raises(BalanceTooLow):
        world.do(ad_revenue.share, settled(campaign, bob, 1))
    with calling(bob):
        assert service.get_earnings(currency="EUR")["kinds"] == {"ad_revenue": 51}
        assert service.get_earnings(currency="EUR", channel_id=channel)["total"] == 51
        assert service.get_earnings(currency="EUR", channel_id=new_id())["total"] == 0
    right(world.db)
