"""The doors of plans, coupons and subscriptions: who sells, what is told, and calls that are repeated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import eventlet
import pytest

from contracts.base import Invalid, KeyMismatch, NotFound, Unavailable, new_id
from contracts.payments import (
    MAX_PLANS,
    AlreadyPaidFor,
    AmountInvalid,
    CurrencyUnknown,
    KeyRequired,
    MethodInvalid,
    NotForSale,
    TooManyPlans,
    UnknownCoupon,
    UnknownPaidSubscription,
    UnknownPlan,
)
from plumbing.database import transactions
from plumbing.settings import Settings
from svc_payments.actions import renewing
from svc_payments.ledger import accounts
from svc_payments.service import PaymentsService
from svc_payments.worker import PaymentsWorker
from tests.payments_base import right
from tests.services import calling
from tests.svc_payments_plans.world import CARD, FakeChannels, FakeProvider, World, keyed

NOW = datetime.now(UTC)
MONTH = timedelta(days=30)
AT_ONCE = 16


@pytest.fixture
def bob() -> str:
    """Owns a channel."""
    return new_id()


@pytest.fixture
def channel(channels: FakeChannels, bob: str) -> str:
    """Bob's."""
    return channels.begin(bob)


def planned(service: PaymentsService, bob: str, channel: str, amount: int = 500) -> dict[str, Any]:
    with calling(bob):
        return dict(service.create_plan(channel_id=channel, title="Friend", amount=amount, currency="EUR"))


def test_a_channel_that_sells_is_told_of(world: World, service: PaymentsService, bob: str, channel: str) -> None:
    plan = planned(service, bob, channel)
    with calling(bob):
        changed = service.update_plan(plan_id=plan["id"], changes={"active": False, "title": "  Old  "})
    assert (changed["title"], changed["active"], changed["amount"]) == ("Old", False, 500)
    told = [(each["channel_id"], each["paid"], each["version"]) for each in world.events("plans_changed")]
    assert told == [(channel, True, 1), (channel, False, 2)]
    with calling(new_id()):
        assert service.list_plans(channel_id=channel)["items"] == []
    with calling(bob):
        assert service.list_plans(channel_id=channel)["items"] == [changed]


def test_prices_cannot_be_changed_and_bad_facts_are_refused(service: PaymentsService, bob: str, channel: str) -> None:
    plan = planned(service, bob, channel)
    with calling(bob):
        for changes in ({"amount": 1}, {"currency": "USD"}, {}, {"title": ""}, {"title": " "}, {"active": 1}, None):
            with pytest.raises(Invalid):
                service.update_plan(plan_id=plan["id"], changes=changes)  # type: ignore[arg-type]
        with pytest.raises(AmountInvalid):
            service.create_plan(channel_id=channel, title="x", amount=49, currency="EUR")
        with pytest.raises(CurrencyUnknown):
            service.create_plan(channel_id=channel, title="x", amount=500, currency="XXX")
        with pytest.raises(UnknownPlan):
            service.update_plan(plan_id=new_id(), changes={"active": False})
        for _ in range(MAX_PLANS - 1):
            service.create_plan(channel_id=channel, title="x", amount=500, currency="EUR")
        with pytest.raises(TooManyPlans):
            service.create_plan(channel_id=channel, title="x", amount=500, currency="EUR")


def test_the_same_key_makes_one_plan_and_one_coupon(service: PaymentsService, bob: str, channel: str) -> None:
    with keyed(bob, "p"):
        first = service.create_plan(channel_id=channel, title="A", amount=500, currency="EUR")
        assert service.create_plan(channel_id=channel, title="A", amount=500, currency="EUR") == first
        with pytest.raises(KeyMismatch):
            service.create_plan(channel_id=channel, title="B", amount=500, currency="EUR")
    with keyed(bob, "c"):
        coupon = service.create_coupon(channel_id=channel, code="abc", percent=10)
        assert service.create_coupon(channel_id=channel, code="abc", percent=10) == coupon
    with calling(bob):
        assert len(service.list_plans(channel_id=channel)["items"]) == 1
        assert service.list_coupons(channel_id=channel)["items"] == [coupon]


def test_coupons_are_checked_and_seen_before_one_pays(service: PaymentsService, bob: str, channel: str) -> None:
    plan = planned(service, bob, channel, 999)
    with calling(bob):
        service.create_coupon(channel_id=channel, code="Half", percent=50, periods=3)
        for more in ({"percent": 0}, {"percent": 100}, {"periods": 0}, {"max_uses": 0}, {"code": "a b"}, {"code": "x"}):
            with pytest.raises(Invalid):
                service.create_coupon(**({"channel_id": channel, "code": "Other", "percent": 5} | more))  # type: ignore[arg-type]
    with calling(new_id()):
        assert service.check_coupon(plan_id=plan["id"], code="hALF") == {"amount": 499, "periods": 3}
        for code in ("none", "", "\x00", "x" * 100):
            with pytest.raises(UnknownCoupon):
                service.check_coupon(plan_id=plan["id"], code=code)


def test_one_subscribes_once_for_each_key(
    world: World, service: PaymentsService, bob: str, channel: str, provider: FakeProvider
) -> None:
    ada, plan = new_id(), planned(service, bob, channel)
    with keyed(ada, "k"):
        first = service.subscribe_to_plan(plan_id=plan["id"])
        assert service.subscribe_to_plan(plan_id=plan["id"]) == first
        with pytest.raises(KeyMismatch):
            service.subscribe_to_plan(plan_id=plan["id"], method="balance")
    assert (first["status"], first["payment"]["status"]) == ("incomplete", "requires_action")
    assert first["payment"]["action_url"] == "https://pay.example/x"
    assert len(provider.payments) == 1
    world.pay_page(first["payment"]["id"])
    with calling(ada):
        found = service.get_paid_subscription(subscription_id=first["id"])
        assert (found["status"], found["method"], "payment" in found) == ("active", CARD, False)
        assert found["renews_at"] == found["paid_until"]
        assert service.list_paid_subscriptions()["items"] == [found]
        assert service.list_entitlements()["items"][0]["subject_id"] == channel
        with pytest.raises(KeyRequired):
            service.subscribe_to_plan(plan_id=plan["id"])
    with keyed(ada), pytest.raises(AlreadyPaidFor):
        service.subscribe_to_plan(plan_id=plan["id"])
    with calling(bob):
        assert service.list_plans(channel_id=channel)["items"][0]["subscribers"] == 1


def test_canceling_a_beginning_closes_its_page(
    world: World, service: PaymentsService, bob: str, channel: str, provider: FakeProvider
) -> None:
    ada, plan = new_id(), planned(service, bob, channel)
    with keyed(ada):
        begun = service.subscribe_to_plan(plan_id=plan["id"])
    with calling(ada):
        assert service.cancel_paid_subscription(subscription_id=begun["id"])["status"] == "ended"
        with pytest.raises(NotForSale):
            service.resume_paid_subscription(subscription_id=begun["id"])
        with pytest.raises(NotForSale):
            service.change_paid_subscription(subscription_id=begun["id"], method="balance")
    assert [each.status for each in provider.payments.values()] == ["expired"]
    assert world.payment(begun["payment"]["id"]).status == "canceled"


def test_while_the_provider_is_away_the_beginning_waits(
    world: World, service: PaymentsService, bob: str, channel: str, provider: FakeProvider
) -> None:
    ada, plan = new_id(), planned(service, bob, channel)
    provider.away = True
    with keyed(ada):
        begun = service.subscribe_to_plan(plan_id=plan["id"])
    assert (begun["status"], begun["payment"]["status"]) == ("incomplete", "created")
    provider.away = False
    world.desk.make_calls()
    with calling(ada):
        shown = service.get_paid_subscription(subscription_id=begun["id"])
    assert shown["payment"]["status"] == "requires_action"


def test_a_card_of_others_pays_nothing(world: World, service: PaymentsService, bob: str, channel: str) -> None:
    plan = planned(service, bob, channel)
    for method in (CARD, "pm_other", "", "a b"):
        with keyed(new_id()), pytest.raises(MethodInvalid):
            service.subscribe_to_plan(plan_id=plan["id"], method=method)


def test_a_hidden_channel_sells_to_those_alone_who_know_it(
    service: PaymentsService, channels: FakeChannels, bob: str
) -> None:
    hidden = channels.begin(bob, hidden=True)
    plan = planned(service, bob, hidden)
    with keyed(new_id()):
        for call in (
            lambda: service.list_plans(channel_id=hidden),
            lambda: service.subscribe_to_plan(plan_id=plan["id"]),
            lambda: service.check_coupon(plan_id=plan["id"], code="HELLO"),
            lambda: service.create_coupon(channel_id=hidden, code="abc", percent=5),
        ):
            with pytest.raises(NotFound):
                call()


def test_charla_without_advertising_is_a_plan_of_the_platform(world: World, service: PaymentsService) -> None:
    ada = new_id()
    world.fund(ada, 1_000)
    with keyed(ada):
        (plan,) = service.list_plans(channel_id="ad_free")["items"]
        assert (plan["id"], plan["amount"], plan["currency"]) == ("ad_free", 299, "EUR")
        with pytest.raises(NotForSale):
            service.subscribe_to_plan(plan_id="ad_free", method="balance", coupon="HELLO")
    with keyed(ada):
        made = service.subscribe_to_plan(plan_id="ad_free", method="balance")
        assert (made["status"], made["plan_id"], made["channel_id"]) == ("active", "ad_free", None)
        entitled = service.list_entitlements()["items"]
    assert [(each["subject_kind"], each["subject_id"]) for each in entitled] == [("ad_free", ada)]
    with calling(new_id()), pytest.raises(UnknownPaidSubscription):
        service.get_paid_subscription(subscription_id=made["id"])


def worker_of(world: World, channels: Any) -> PaymentsWorker:
    worker = PaymentsWorker()
    worker.db, worker.push, worker.subscriptions = world.db, world.desk.push, channels
    return worker


def test_the_worker_renews_for_whoever_owns_the_channel_now(
    world: World, service: PaymentsService, channels: FakeChannels, bob: str, channel: str
) -> None:
    ada, heir, plan = new_id(), new_id(), planned(service, bob, channel)
    world.fund(ada, 5_000)
    with keyed(ada):
        made = service.subscribe_to_plan(plan_id=plan["id"], method="balance")
    channels.owners[channel] = heir
    worker = worker_of(world, channels)
    assert worker.renew_due(datetime.now(UTC)) == 0
    due = datetime.fromisoformat(str(made["renews_at"])) + timedelta(seconds=1)
    assert worker.renew_due(due) == 1
    assert worker.renew_due(due) == 0
    assert world.held(accounts.person(heir)) == 475


def test_while_nobody_says_who_owns_the_channels_renewals_wait(
    world: World, service: PaymentsService, channels: FakeChannels, bob: str, channel: str
) -> None:
    ada, plan = new_id(), planned(service, bob, channel)
    world.fund(ada, 5_000)
    with keyed(ada):
        made = service.subscribe_to_plan(plan_id=plan["id"], method="balance")
    due = datetime.fromisoformat(str(made["renews_at"])) + timedelta(seconds=1)

    class Away(FakeChannels):
        def find_channel_owners(self, *, channel_ids: list[str]) -> list[dict[str, str]]:
            raise Unavailable

    assert worker_of(world, Away()).renew_due(due) == 0
    assert worker_of(world, channels).renew_due(due) == 1
    assert world.held(accounts.person(bob)) == 2 * 475


def test_one_that_fails_stops_no_other_and_is_looked_at_later(
    world: World, service: PaymentsService, channels: FakeChannels, bob: str, channel: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    plan = planned(service, bob, channel)
    people = [new_id() for _ in range(3)]
    for person in people:
        world.fund(person, 5_000)
        with keyed(person):
            service.subscribe_to_plan(plan_id=plan["id"], method="balance")
    due = datetime.now(UTC) + MONTH + timedelta(minutes=1)
    really = renewing.look_at

    def breaks(session: Any, one: Any, owner_id: Any, now: Any) -> None:
        if one.user_id == people[0]:
            raise RuntimeError
        really(session, one, owner_id, now)

    monkeypatch.setattr(renewing, "look_at", breaks)
    worker = worker_of(world, channels)
    assert worker.renew_due(due) == 3
    assert worker.renew_due(due) == 0
    assert world.held(accounts.person(bob)) == 5 * 475
    monkeypatch.setattr(renewing, "look_at", really)
    assert worker.renew_due(due + timedelta(minutes=6)) == 1
    assert world.held(accounts.person(bob)) == 6 * 475


@pytest.mark.parametrize("method", ["balance", CARD])
def test_many_workers_at_once_charge_a_period_once(
    world: World, service: PaymentsService, channels: FakeChannels, bob: str, channel: str,
    provider: FakeProvider, configured: Settings, method: str,
) -> None:  # fmt: skip
    plan = planned(service, bob, channel)
    people = [new_id() for _ in range(4)]
    for person in people:
        world.fund(person, 5_000)
        world.has_card(person)
        with keyed(person):
            service.subscribe_to_plan(plan_id=plan["id"], method=method)
    due = datetime.now(UTC) + MONTH + timedelta(minutes=1)
    charged = provider.charges
    world.db = world.desk.db = transactions(configured.database_url, pool_size=AT_ONCE)
    workers = [worker_of(world, channels) for _ in range(AT_ONCE)]
    list(eventlet.GreenPool(AT_ONCE).imap(lambda worker: worker.renew_due(due), workers))
    world.desk.make_calls()
    assert world.held(accounts.person(bob)) == 2 * 4 * 475
    assert provider.charges - charged == (4 if method == CARD else 0)
    right(world.db)


def test_a_person_who_clicks_everywhere_at_once_subscribes_once(
    world: World, service: PaymentsService, bob: str, channel: str, configured: Settings
) -> None:
    ada, plan = new_id(), planned(service, bob, channel)
    world.fund(ada, 50_000)
    service.db = transactions(configured.database_url, pool_size=AT_ONCE)

    def click(_: int) -> bool:
        try:
            with keyed(ada):
                service.subscribe_to_plan(plan_id=plan["id"], method="balance")
        except AlreadyPaidFor:
            return False
        return True

    done = list(eventlet.GreenPool(AT_ONCE).imap(click, range(AT_ONCE)))
    assert done.count(True) == 1
    assert world.held(accounts.person(ada)) == 49_500
    right(world.db)
