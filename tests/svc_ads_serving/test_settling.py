"""From micros to whole units, once; and what is forgotten."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from contracts.base import new_id
from plumbing import codec
from svc_ads.actions.settled import is_settled
from svc_ads.models import BilledView, Carried, Channel, Click, Decision, Lease, Outbox, Settlement
from svc_ads.terms import Terms
from svc_ads.workers.checking import check_budgets
from svc_ads.workers.settling import close_leases, forget_people, settle_views
from tests.services import times_killed
from tests.svc_ads_serving.shop import Shop, now


def views(shop: Shop, terms: Terms, channel_id: str, prices: list[int], owner_id: str | None = None) -> None:
    """Bill views of a campaign, with all that belongs to them."""
    lease_id, owner = new_id(), owner_id or new_id()
    with shop.db.transaction() as session:
        spent = sum(prices)
        session.add(
            Lease(
                campaign_id=terms.campaign_id, lease_id=lease_id, server="a", granted_micros=spent, spent_micros=spent,
                expires_at=now() + timedelta(minutes=30),
            )
        )  # fmt: skip
        for price in prices:
            about = {
                "campaign_id": terms.campaign_id, "decision_id": new_id(), "channel_id": channel_id, "at": now(),
                "lease_id": lease_id, "price_micros": price, "person_id": new_id(),
            }  # fmt: skip
            session.add(Decision(**about, inputs={}, creative_id=terms.creatives[0].creative_id))
            session.add(BilledView(**about, owner_id=owner))


def told(shop: Shop) -> list[dict[str, Any]]:
    with shop.db.reading() as session:
        rows = session.scalars(select(Outbox).where(Outbox.name == "ad_revenue_settled"))
        return [codec.decode(bytes(row.body)) for row in rows]


def carried(shop: Shop) -> int:
    with shop.db.reading() as session:
        return sum(session.scalars(select(Carried.micros)))


def test_whole_units_are_told_and_the_rest_is_carried(shop: Shop) -> None:
    mine, channel, owner = shop.campaign(), shop.channel(), new_id()
    views(shop, mine, channel, [700_000, 600_000], owner)
    assert settle_views(shop.db) == 2
    assert [(each["amount"], each["owner_id"], each["channel_id"]) for each in told(shop)] == [(1, owner, channel)]
    assert carried(shop) == 300_000
    views(shop, mine, channel, [800_000], owner)
    settle_views(shop.db)
    assert [each["amount"] for each in told(shop)] == [1, 1]
    assert carried(shop) == 100_000
    assert check_budgets(shop.db) == []


def test_less_than_a_unit_is_carried_without_a_word_and_is_settled(shop: Shop) -> None:
    mine = shop.campaign()
    views(shop, mine, shop.channel(), [999_999])
    settle_views(shop.db)
    assert told(shop) == []
    with shop.db.reading() as session:
        assert not is_settled(session, mine.campaign_id)  # a lease is open
    shop.end_leases()
    close_leases(shop.db)
    with shop.db.reading() as session:
        assert is_settled(session, mine.campaign_id)
    assert check_budgets(shop.db) == []


def test_each_owner_gets_what_was_billed_while_the_channel_was_theirs(shop: Shop) -> None:
    mine, channel, first, second = shop.campaign(), shop.channel(), new_id(), new_id()
    views(shop, mine, channel, [2_000_000], first)
    views(shop, mine, channel, [3_000_000], second)
    assert settle_views(shop.db) == 2
    assert {(each["owner_id"], each["amount"]) for each in told(shop)} == {(first, 2), (second, 3)}


def test_many_who_settle_at_once_settle_once(shop: Shop) -> None:
    mine, channel = shop.campaign(), shop.channel()
    views(shop, mine, channel, [500_000] * 40)
    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(lambda _: settle_views(shop.db), range(8)))
    assert sum(done) == 40
    assert sum(each["amount"] for each in told(shop)) == 20
    with shop.db.reading() as session:
        assert len(set(session.scalars(select(Settlement.settlement_id)))) == len(told(shop))
    assert check_budgets(shop.db) == []


def test_killed_at_any_commit_it_is_settled_once(shop: Shop) -> None:
    mine = shop.campaign()
    for _ in range(3):
        views(shop, mine, shop.channel(), [1_500_000])
    work = "from svc_ads.workers.settling import settle_views\nsettle_views(db)\n"
    assert times_killed(work, [1, 2]) == 2
    settle_views(shop.db)
    assert sum(each["amount"] for each in told(shop)) == 3
    assert check_budgets(shop.db) == []


def test_whose_old_decisions_were_is_forgotten_and_what_they_cost_stays(shop: Shop) -> None:
    mine, channel = shop.campaign(), shop.channel()
    views(shop, mine, channel, [10_000, 20_000])
    old = select(Decision.decision_id).where(Decision.price_micros == 10_000).scalar_subquery()
    with shop.db.transaction() as session:
        view = session.scalars(select(BilledView).where(BilledView.price_micros == 10_000)).one()
        about = {"campaign_id": view.campaign_id, "decision_id": view.decision_id, "channel_id": channel}
        session.add(Click(**about, person_id=view.person_id, at=now()))
        session.execute(update(Decision).where(Decision.decision_id == old).values(at=now() - timedelta(days=30)))
    assert forget_people(shop.db) == 1
    assert forget_people(shop.db) == 0
    with shop.db.reading() as session:
        for table in (Decision, BilledView):
            people = dict(session.execute(select(table.price_micros, table.person_id)).all())
            assert people[10_000] is None
            assert people[20_000] is not None
        assert session.scalars(select(Click.person_id)).one() is None


def test_a_check_finds_what_breaks_each_rule(shop: Shop) -> None:
    mine, channel = shop.campaign(), shop.channel()
    views(shop, mine, channel, [1_500_000])
    settle_views(shop.db)
    assert check_budgets(shop.db) == []
    broken: dict[str, Any] = {
        "budget": update(Lease).values(granted_micros=10**12),
        "billed": update(Lease).values(spent_micros=Lease.spent_micros - 1),
        "closed": update(Lease).values(closed_at=now()),
        "settled": update(Carried).values(micros=1),
        "decided": update(Decision).values(price_micros=1),
    }
    for rule, breaks in broken.items():
        with shop.db.transaction() as session:
            session.execute(breaks)
        assert rule in {finding.rule for finding in check_budgets(shop.db)}


def test_an_owner_who_sells_a_channel_is_not_paid_for_later_views(shop: Shop) -> None:
    shop.campaign()
    channel, me, buyer = shop.channel(), new_id(), new_id()
    shop.fresh()
    ad = shop.choose(channel, me)
    assert ad is not None
    with shop.db.transaction() as session:
        session.execute(update(Channel).values(owner_id=buyer))
    assert shop.bill(shop.ticket(ad, me)) is None
    with shop.db.reading() as session:
        assert session.scalars(select(BilledView.owner_id)).one() == buyer
