"""Subscribing to a plan, renewing, canceling, and what happens when money does not come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contracts.base import new_id
from contracts.payments import AlreadyPaidFor, BalanceTooLow, MethodInvalid, NotForSale, NotToYourself
from svc_payments.actions import plans, refunding, subscribing, subscriptions
from svc_payments.ledger import accounts
from svc_payments.options import options
from tests.payments_base import right
from tests.svc_payments_plans.world import CARD, World

NOW = datetime.now(UTC)
MONTH = timedelta(days=30)
DAY = timedelta(days=1)


def begun(world: World, *, amount: int = 500, balance: int = 10_000, **more):
    owner, ada, channel = new_id(), new_id(), new_id()
    plan = world.plan(channel, owner, amount)
    world.fund(ada, balance)
    world.has_card(ada)
    return owner, world.subscribe(ada, plan, owner, NOW, **more)


def test_a_balance_pays_at_once_and_opens_the_channel(world: World) -> None:
    owner, made = begun(world)
    assert (made.status, made.paid_until, made.periods) == ("active", NOW + MONTH, 1)
    assert world.entitled(made.user_id, "channel", made.subject_id, NOW)
    assert world.held(accounts.person(owner)) == 475
    assert world.held(accounts.FEES) == 25
    told = world.events("entitlement_changed")[-1]
    grace = timedelta(seconds=options().payments_grace_s)
    assert told["active"] and datetime.fromisoformat(told["until"]) - (NOW + MONTH + grace) < DAY / 1000
    right(world.db)


def test_a_card_pays_on_the_providers_page_and_is_kept_for_the_next_period(world: World) -> None:
    owner, made = begun(world, method="card")
    assert made.status == "incomplete"
    assert not world.entitled(made.user_id, "channel", made.subject_id, NOW)
    world.pay_page(str(made.payment_id))
    paid = world.again(made)
    assert (paid.status, paid.method, paid.periods) == ("active", CARD, 1)
    assert paid.paid_until is not None
    world.renew(owner, paid.paid_until)
    renewed = world.again(made)
    assert (renewed.status, renewed.periods, renewed.paid_until) == ("active", 2, paid.paid_until + MONTH)
    assert world.provider.charges == 1
    right(world.db)


def test_renewals_go_on_without_a_gap_and_are_paid_once(world: World) -> None:
    owner, made = begun(world)
    for number in range(1, 5):
        moment = NOW + MONTH * number
        assert world.renew(owner, moment) == 1
        assert world.renew(owner, moment) == 0
        found = world.again(made)
        assert (found.periods, found.paid_until) == (number + 1, NOW + MONTH * (number + 1))
        assert world.entitled(made.user_id, "channel", made.subject_id, moment)
    assert world.held(accounts.person(owner)) == 5 * 475
    right(world.db)


def test_a_renewal_that_fails_is_tried_again_in_grace_and_then_ends(world: World) -> None:
    owner, made = begun(world, balance=500)
    due = NOW + MONTH
    for day in range(3):
        world.renew(owner, due + DAY * day)
        found = world.again(made)
        assert (found.status, found.failure) == ("past_due", "balance_too_low")
        assert world.entitled(made.user_id, "channel", made.subject_id, due + DAY * day)
        assert world.renew(owner, due + DAY * day + DAY / 2) == 0
    world.renew(owner, due + DAY * 3)
    found = world.again(made)
    assert (found.status, found.periods, found.due_at) == ("ended", 1, None)
    assert not world.entitled(made.user_id, "channel", made.subject_id, due + DAY * 3)
    assert [each["status"] for each in world.events("subscription_changed")][-1] == "ended"


def test_a_renewal_in_grace_begins_where_the_last_period_ended(world: World) -> None:
    owner, made = begun(world, balance=500)
    world.renew(owner, NOW + MONTH)
    world.fund(made.user_id, 500)
    world.renew(owner, NOW + MONTH + DAY)
    found = world.again(made)
    assert (found.status, found.paid_until, found.failure) == ("active", NOW + MONTH * 2, None)


def test_a_declined_card_is_charged_again_under_the_same_payment(world: World) -> None:
    owner, made = begun(world, method=CARD)
    world.provider.declines = "insufficient_funds"
    assert made.status == "active"
    paid_until = made.paid_until
    assert paid_until is not None
    world.renew(owner, paid_until)
    failed = world.again(made)
    assert (failed.status, failed.failure) == ("past_due", "insufficient_funds")
    world.provider.declines = None
    assert failed.due_at is not None
    world.renew(owner, failed.due_at)
    found = world.again(made)
    assert (found.status, found.periods, found.paid_until) == ("active", 2, paid_until + MONTH)
    assert found.payment_id == failed.payment_id
    assert world.payment(found.payment_id).attempt == 2
    assert world.provider.charges == 2
    right(world.db)


def test_canceled_it_lasts_until_what_is_paid_is_over(world: World) -> None:
    owner, made = begun(world)
    canceled = world.do(subscribing.cancel, made.user_id, made.id, NOW + DAY)
    assert canceled.status == "canceled"
    assert world.do(subscribing.cancel, made.user_id, made.id, NOW + DAY).version == canceled.version
    assert world.entitled(made.user_id, "channel", made.subject_id, NOW + MONTH - DAY)
    assert not world.entitled(made.user_id, "channel", made.subject_id, NOW + MONTH)
    world.renew(owner, NOW + MONTH)
    assert world.again(made).status == "ended"
    assert world.held(accounts.person(owner)) == 475
    told = world.events("entitlement_changed")
    assert (told[-1]["active"], told[-1]["until"]) == (False, None)
    assert [each["version"] for each in told] == list(range(1, len(told) + 1))


def test_resumed_it_is_renewed_after_all(world: World) -> None:
    owner, made = begun(world)
    world.do(subscribing.cancel, made.user_id, made.id, NOW + DAY)
    assert world.do(subscribing.resume, made.user_id, made.id, NOW + DAY * 2).status == "active"
    world.renew(owner, NOW + MONTH)
    assert world.again(made).periods == 2
    world.do(subscribing.cancel, made.user_id, made.id, NOW + MONTH + DAY)
    with pytest.raises(NotForSale):
        world.do(subscribing.resume, made.user_id, made.id, NOW + MONTH * 2)


def test_a_beginning_that_was_not_paid_gives_way_to_another(world: World) -> None:
    owner, made = begun(world, method="card")
    first = world.payment(made.payment_id)
    plan = world.look(plans.get_plan, made.plan_id)
    other = world.subscribe(made.user_id, plan, owner, NOW)
    assert (world.again(made).status, other.status) == ("ended", "active")
    assert world.payment(first.id).status == "canceled"
    with pytest.raises(AlreadyPaidFor):
        world.subscribe(made.user_id, plan, owner, NOW)


def test_a_page_that_was_paid_although_it_gave_way_is_not_lost(world: World) -> None:
    owner, made = begun(world, method="card")
    plan = world.look(plans.get_plan, made.plan_id)
    other = world.subscribe(made.user_id, plan, owner, NOW)
    payment_id = made.payment_id
    world.pay_page(str(payment_id))
    assert (world.again(made).status, world.again(other).status) == ("ended", "active")
    assert world.entitled(made.user_id, "channel", made.subject_id, NOW + MONTH + DAY * 20)
    right(world.db)


def test_a_page_that_was_paid_after_all_was_called_off_runs_out_by_itself(world: World) -> None:
    owner, made = begun(world, method="card")
    payment_id = str(made.payment_id)
    world.do(subscribing.cancel, made.user_id, made.id, NOW)
    assert world.again(made).status == "ended"
    world.pay_page(payment_id)
    found = world.again(made)
    assert found.status == "canceled"
    assert found.paid_until is not None
    assert world.entitled(made.user_id, "channel", made.subject_id, found.paid_until - DAY)
    world.renew(owner, found.paid_until)
    assert world.again(made).status == "ended"


def test_a_refund_of_the_running_period_ends_it(world: World) -> None:
    owner, made = begun(world)
    world.do(refunding.decide, made.payment_id, owner, **_all())
    found = world.again(made)
    assert (found.status, found.failure, found.due_at) == ("ended", "refunded", None)
    assert not world.entitled(made.user_id, "channel", made.subject_id, NOW)
    assert not world.events("entitlement_changed")[-1]["active"]
    assert world.held(accounts.person(made.user_id)) == 10_000
    assert world.renew(owner, NOW + MONTH) == 0
    right(world.db)


def test_a_refund_of_a_period_that_is_over_changes_nothing(world: World) -> None:
    owner, made = begun(world)
    first = made.payment_id
    world.renew(owner, NOW + MONTH)
    world.do(refunding.decide, first, owner, **_all())
    assert world.again(made).status == "active"
    assert world.entitled(made.user_id, "channel", made.subject_id, NOW + MONTH)


def _all() -> dict[str, object]:
    return {"is_admin": False, "amount": None, "reason": "", "end_access": None, "now": NOW}


def test_nobody_is_paid_for_a_channel_that_has_gone(world: World) -> None:
    owner, made = begun(world)
    world.renew(None, NOW + MONTH)
    found = world.again(made)
    assert (found.status, found.failure) == ("ended", "channel_gone")
    assert world.held(accounts.person(owner)) == 475


def test_whoever_owns_the_channel_then_is_paid(world: World) -> None:
    owner, made = begun(world)
    heir = new_id()
    world.renew(heir, NOW + MONTH)
    assert (world.held(accounts.person(owner)), world.held(accounts.person(heir))) == (475, 475)
    assert world.again(made).periods == 2


def test_the_price_stays_for_who_pays_it_also_when_the_plan_is_sold_no_more(world: World) -> None:
    owner, made = begun(world)
    plan = world.look(plans.get_plan, made.plan_id)
    world.do(plans.update_plan, plan, owner, {"active": False, "title": "Old"})
    world.renew(owner, NOW + MONTH)
    assert world.again(made).periods == 2
    with pytest.raises(NotForSale):
        subscribing.terms_of(world.look(plans.get_plan, made.plan_id), owner)


def test_ones_own_channel_is_free_and_too_little_money_begins_nothing(world: World) -> None:
    owner, ada, channel = new_id(), new_id(), new_id()
    plan = world.plan(channel, owner)
    with pytest.raises(NotToYourself):
        world.subscribe(owner, plan, owner, NOW)
    with pytest.raises(BalanceTooLow):
        world.subscribe(ada, plan, owner, NOW)
    assert world.look(subscriptions.list_of, ada, 10, None) == []


def test_another_method_is_tried_at_once_where_a_renewal_waits(world: World) -> None:
    owner, made = begun(world, balance=500)
    world.renew(owner, NOW + MONTH)
    with pytest.raises(MethodInvalid):
        world.do(subscribing.change_method, made.user_id, made.id, "card", NOW + MONTH)
    world.do(subscribing.change_method, made.user_id, made.id, CARD, NOW + MONTH)
    assert world.renew(owner, NOW + MONTH) == 1
    found = world.again(made)
    assert (found.status, found.method, found.periods) == ("active", CARD, 2)


def test_charla_without_advertising_pays_the_platform(world: World) -> None:
    ada = new_id()
    world.fund(ada, 1_000)
    made = world.do(subscribing.subscribe, ada, subscribing.ad_free_terms(ada), "balance", None, "/", NOW)
    assert world.held(accounts.FEES) == made.amount == options().ad_free()[1]
    assert world.entitled(ada, "ad_free", ada, NOW)
    world.renew(None, NOW + MONTH)
    assert world.again(made).periods == 2
    right(world.db)
