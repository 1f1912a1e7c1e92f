"""Coupons: what they take off, for how long, how often, and what is given back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import eventlet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.base import new_id
from contracts.payments import MAX_COUPONS, CouponTaken, TooManyCoupons, UnknownCoupon
from plumbing.database import transactions
from plumbing.settings import Settings
from svc_payments.actions import coupons, subscribing
from svc_payments.ledger import accounts
from svc_payments.plan_models import Coupon
from tests.payments_base import Owner, right
from tests.svc_payments_plans.world import World

NOW = datetime.now(UTC)
MONTH = timedelta(days=30)
PEOPLE = 16


def made(world: World, channel: str, owner: str, code: str = "HELLO", **more) -> Coupon:
    facts = {"percent": 50, "periods": 1, "max_uses": None, "expires_at": None} | more
    return world.do(coupons.create_coupon, channel, owner, code, now=NOW, **facts)


@given(st.integers(1, 99_999_999), st.integers(1, 99), st.sampled_from(["EUR", "JPY"]))
def test_a_price_is_rounded_half_up_and_can_be_paid(amount: int, percent: int, currency: str) -> None:
    least = min(amount, 50 if currency == "EUR" else 1)
    found = coupons.price(amount, percent, currency)
    assert least <= found <= amount
    exact = amount * (100 - percent)
    assert found == least or -50 <= found * 100 - exact < 51


def test_the_first_periods_are_cheaper_and_the_later_ones_are_not(world: World) -> None:
    owner, ada, channel = new_id(), new_id(), new_id()
    plan = world.plan(channel, owner, 999)
    world.fund(ada, 10_000)
    made(world, channel, owner, percent=33, periods=2)
    first = world.subscribe(ada, plan, owner, NOW, coupon="hello")
    for number in (1, 2, 3):
        world.renew(owner, NOW + MONTH * number)
    assert world.held(accounts.person(ada)) == 10_000 - 2 * 669 - 2 * 999
    assert world.again(first).coupon == "HELLO"
    right(world.db)


def test_a_person_uses_a_coupon_once(world: World) -> None:
    owner, ada, channel = new_id(), new_id(), new_id()
    plan = world.plan(channel, owner)
    world.fund(ada, 10_000)
    made(world, channel, owner)
    first = world.subscribe(ada, plan, owner, NOW, coupon="HELLO")
    world.do(subscribing.cancel, ada, first.id, NOW)
    world.renew(owner, NOW + MONTH)
    with pytest.raises(UnknownCoupon):
        world.subscribe(ada, plan, owner, NOW + MONTH, coupon="HELLO")
    with pytest.raises(UnknownCoupon):
        world.look(coupons.check_coupon, channel, "HELLO", ada, NOW)


def test_a_use_that_bought_nothing_is_given_back(world: World) -> None:
    owner, ada, channel = new_id(), new_id(), new_id()
    plan = world.plan(channel, owner)
    made(world, channel, owner, max_uses=1)
    begun = world.subscribe(ada, plan, owner, NOW, coupon="HELLO", method="card")
    with pytest.raises(UnknownCoupon):
        world.look(coupons.check_coupon, channel, "HELLO", new_id(), NOW)
    world.do(subscribing.cancel, ada, begun.id, NOW)
    assert world.look(coupons.check_coupon, channel, "HELLO", ada, NOW).uses == 0


def test_coupons_expire_and_end(world: World) -> None:
    owner, channel = new_id(), new_id()
    made(world, channel, owner, expires_at=NOW + timedelta(hours=1))
    assert world.look(coupons.check_coupon, channel, "hello", owner, NOW).percent == 50
    with pytest.raises(UnknownCoupon):
        world.look(coupons.check_coupon, channel, "HELLO", owner, NOW + timedelta(hours=1))
    with pytest.raises(CouponTaken):
        made(world, channel, owner, "hello")
    world.do(coupons.delete_coupon, channel, "Hello")
    with pytest.raises(UnknownCoupon):
        world.do(coupons.delete_coupon, channel, "HELLO")


def test_a_channel_has_so_many_coupons(world: World) -> None:
    owner, channel = new_id(), new_id()
    for number in range(MAX_COUPONS):
        made(world, channel, owner, f"C{number:03d}")
    with pytest.raises(TooManyCoupons):
        made(world, channel, owner)


def test_many_at_once_use_a_coupon_as_often_as_it_may_be_used(world: World, configured: Settings) -> None:
    owner, channel = new_id(), new_id()
    plan = world.plan(channel, owner)
    made(world, channel, owner, max_uses=5)
    people = [new_id() for _ in range(PEOPLE)]
    for person in people:
        world.fund(person, 1_000)
    world.desk.db = transactions(configured.database_url, pool_size=PEOPLE)
    terms = subscribing.terms_of(plan, owner)

    def one(person: str) -> bool:
        try:
            world.do(subscribing.subscribe, person, terms, "balance", "HELLO", "/", NOW)
        except UnknownCoupon:
            return False
        return True

    done = list(eventlet.GreenPool(PEOPLE).imap(one, people))
    assert done.count(True) == 5
    assert world.held(accounts.person(owner)) == 5 * (250 - 13)
    right(world.db)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    percent=st.integers(1, 99),
    periods=st.integers(1, 4),
    steps=st.lists(st.sampled_from(["renew", "poor", "cancel", "resume"]), max_size=6),
)
def test_what_is_paid_for_is_the_sum_of_the_paid_periods(
    world: World, owner: Owner, percent: int, periods: int, steps: list[str]
) -> None:
    owner.empty()
    bob, ada, channel, now = new_id(), new_id(), new_id(), NOW
    plan = world.plan(channel, bob, 700)
    made(world, channel, bob, percent=percent, periods=periods)
    world.fund(ada, 700)
    found = world.subscribe(ada, plan, bob, now, coupon="HELLO")
    for step in steps:
        if step == "renew":
            world.fund(ada, 700)
        if step in ("renew", "poor"):
            now = max(now, found.due_at or now)
            world.renew(bob, now)
        elif found.status in ("active", "canceled") and now < found.paid_until:
            world.do(getattr(subscribing, step), ada, found.id, now)
        found = world.again(found)
    assert found.paid_until == NOW + MONTH * found.periods
    prices = [coupons.price(700, percent if n < periods else 0, "EUR") for n in range(found.periods)]
    assert world.held(accounts.person(bob)) + world.held(accounts.FEES) == sum(prices)
    assert world.entitled(ada, "channel", channel, now) == (found.status != "ended")
