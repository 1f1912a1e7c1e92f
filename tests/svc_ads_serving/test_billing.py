"""What counts, and what does not."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from nameko.testing.services import worker_factory
from sqlalchemy import func, select, text, update

from contracts.ads import TicketInvalid
from contracts.base import new_id
from plumbing.identity import CallerIdentity
from svc_ads import tickets
from svc_ads.models import BilledView, Channel, Click, Lease, Outbox, RefusedCount
from svc_ads.service import AdsService
from svc_ads.serving import billing
from svc_ads.tickets import Ticket, open_ticket, seal
from tests.plumbing.waiting import until
from tests.services import FakePush, calling
from tests.svc_ads_serving.shop import Shop, now


@pytest.fixture
def shown(shop: Shop) -> tuple[Ticket, str]:
    """An ad that somebody got two seconds ago: its ticket, and who got it."""
    shop.campaign()
    channel, me = shop.channel(), new_id()
    shop.fresh()
    ad = shop.choose(channel, me)
    assert ad is not None
    return shop.ticket(ad, me), me


def billed(shop: Shop) -> int:
    with shop.db.reading() as session:
        return session.scalars(select(func.count()).select_from(BilledView)).one()


def told(shop: Shop) -> int:
    with shop.db.reading() as session:
        return session.scalars(select(func.count()).select_from(Outbox).where(Outbox.name == "ad_viewed")).one()


def test_a_view_is_billed_once_and_told_once(shop: Shop, shown: tuple[Ticket, str]) -> None:
    mine, _ = shown
    assert shop.bill(mine) is None
    assert shop.bill(mine) == "repeated"
    assert (billed(shop), told(shop)) == (1, 1)
    with shop.db.reading() as session:
        assert session.scalars(select(Lease.spent_micros)).one() == mine.price


def test_many_at_the_same_moment_bill_it_once(shop: Shop, shown: tuple[Ticket, str]) -> None:
    mine, _ = shown
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: shop.bill(mine), range(50)))
    assert answers.count(None) == 1
    assert set(answers) == {None, "repeated"}
    with shop.db.reading() as session:
        assert session.scalars(select(Lease.spent_micros)).one() == mine.price
    assert (billed(shop), told(shop)) == (1, 1)


def test_who_bills_it_while_another_does_finds_it_billed(shop: Shop, shown: tuple[Ticket, str]) -> None:
    mine, _ = shown
    with ThreadPoolExecutor(1) as pool, shop.db.transaction() as first:
        billing.bill(first, mine, billing.VISIBLE_MS, now())
        second = pool.submit(shop.bill, mine)
        until(lambda: _waiting_for_a_lock(shop), 30.0)
    assert second.result() == "repeated"
    with shop.db.reading() as session:
        assert session.scalars(select(Lease.spent_micros)).one() == mine.price


def _waiting_for_a_lock(shop: Shop) -> int:
    locked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with shop.db.reading() as session:
        return session.execute(text(locked)).scalar_one()


def _later(ticket: Ticket, **changed: object) -> Ticket:
    import msgspec

    return msgspec.structs.replace(ticket, **changed)


def _no_owner_but_me(shop: Shop, ticket: Ticket) -> None:
    with shop.db.transaction() as session:
        session.execute(update(Channel).values(owner_id=str(ticket.person)))


REFUSALS: dict[str, Callable[[Shop, Ticket], str | None]] = {
    "too_soon": lambda shop, ticket: shop.bill(_later(ticket, issued_ms=int(time.time() * 1000))),
    "own_ad": lambda shop, ticket: shop.bill(_later(ticket, advertiser=ticket.person)),
    "own_channel": lambda shop, ticket: (_no_owner_but_me(shop, ticket), shop.bill(ticket))[1],
    "lease_over": lambda shop, ticket: (shop.end_leases(), shop.bill(ticket))[1],
}


@pytest.mark.parametrize("why", REFUSALS)
def test_what_is_refused_costs_nothing(shop: Shop, shown: tuple[Ticket, str], why: str) -> None:
    assert REFUSALS[why](shop, shown[0]) == why
    assert (billed(shop), told(shop)) == (0, 0)
    with shop.db.reading() as session:
        assert session.scalars(select(Lease.spent_micros)).one() == 0


def test_half_a_second_on_screen_is_no_view(shop: Shop, shown: tuple[Ticket, str]) -> None:
    assert shop.bill(shown[0], visible_ms=999) == "too_soon"


def test_a_lease_never_pays_more_than_it_was_granted(shop: Shop, shown: tuple[Ticket, str]) -> None:
    mine, _ = shown
    with shop.db.transaction() as session:
        session.execute(update(Lease).values(granted_micros=mine.price - 1))
    assert shop.bill(mine) == "lease_over"
    assert billed(shop) == 0


def test_sixty_views_of_a_person_count_in_an_hour_also_when_they_come_together(
    shop: Shop, shown: tuple[Ticket, str]
) -> None:
    mine, me = shown
    with shop.db.transaction() as session:
        session.add_all(_view(mine, me, minutes) for minutes in [5] * 55 + [61] * 20)
    more = [_later(mine, decision=uuid4()) for _ in range(12)]
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(shop.bill, more))
    assert (answers.count(None), answers.count("too_many")) == (5, 7)


def _view(ticket: Ticket, person: str, minutes: int) -> BilledView:
    return BilledView(
        campaign_id=str(ticket.campaign),
        decision_id=new_id(),
        lease_id=str(ticket.lease),
        channel_id=str(ticket.channel),
        owner_id=new_id(),
        person_id=person,
        price_micros=1,
        at=now() - timedelta(minutes=minutes),
    )


def test_a_click_counts_once_and_after_the_view(shop: Shop, shown: tuple[Ticket, str]) -> None:
    mine, _ = shown
    assert _click(shop, mine) == "too_soon"
    shop.bill(mine)
    assert [_click(shop, mine), _click(shop, mine)] == [None, "repeated"]
    with shop.db.reading() as session:
        assert len(session.scalars(select(Click)).all()) == 1


def _click(shop: Shop, ticket: Ticket) -> str | None:
    try:
        with shop.db.transaction() as session:
            billing.count_click(session, ticket, now())
    except billing.NotCounted as refused:
        return refused.why
    return None


def _tampered(text: str) -> str:
    return ("A" if text[20] != "A" else "B").join((text[:20], text[21:]))


def test_a_ticket_is_for_one_person_and_one_ad_and_for_ten_minutes(shown: tuple[Ticket, str]) -> None:
    mine, me = shown
    text, ad = seal(mine), str(mine.decision)
    cases = {
        "forged": [(_tampered(text), ad, me), (text, new_id(), me), ("", ad, me), ("é.x", ad, me)],
        "not_yours": [(text, ad, new_id())],
        "expired": [(seal(_later(mine, issued_ms=int(time.time() * 1000) - tickets.LIFE_MS)), ad, me)],
    }
    for why, asked in cases.items():
        for ticket, ad_id, person in asked:
            with pytest.raises(TicketInvalid) as refused:
                open_ticket(ticket, ad_id, person)
            assert refused.value.facts == {"why": why}
    assert open_ticket(text, ad, me) == mine


@pytest.fixture
def service(shop: Shop) -> AdsService:
    made: AdsService = worker_factory(
        AdsService, db=shop.db, push=FakePush(), caller=CallerIdentity(), server=shop.server
    )
    return made


def test_the_door_answers_with_the_reason_and_counts_it(shop: Shop, service: AdsService) -> None:
    shop.campaign()
    channel, me = shop.channel(), new_id()
    shop.fresh()
    with calling(me):
        ad = service.choose_ad(channel_id=channel, at_seq=5, language="es")
        assert ad is not None
        text, ad_id = seal(shop.ticket(ad, me)), ad["id"]
        assert service.view_ad(ad_id=ad_id, ticket=ad["ticket"], visible_ms=1_000)["refused"] == "too_soon"
        assert service.view_ad(ad_id=ad_id, ticket=text, visible_ms=1_000) == {"counted": True, "refused": None}
        assert service.view_ad(ad_id=ad_id, ticket=text, visible_ms=1_000)["refused"] == "repeated"
        assert service.click_ad(ad_id=ad_id, ticket=text)["counted"]
        assert service.view_ad(ad_id=ad_id, ticket=_tampered(text), visible_ms=1_000)["refused"] == "forged"
        why = service.explain_ad(ad_id=ad_id, ticket=text)
    with calling(new_id()):
        assert service.view_ad(ad_id=ad_id, ticket=text, visible_ms=1_000)["refused"] == "not_yours"
        with pytest.raises(TicketInvalid):
            service.explain_ad(ad_id=ad_id, ticket=text)
    assert (why["advertiser"], why["consent"], why["used"]) == (
        "Harbour Books",
        "unasked",
        ["language:es", "channel_topic:music"],
    )
    assert (why["price_micros"], why["owner_share_percent"]) == (10_000, 50)
    with shop.db.reading() as session:
        rows = {(row.what, row.why): row.count for row in session.scalars(select(RefusedCount))}
    assert rows == {("view", "too_soon"): 1, ("view", "repeated"): 1, ("view", "not_yours"): 1}
