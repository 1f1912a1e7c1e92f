"""Every RPC of plans, subscriptions, entitlements, balances, payouts and receipts, asked by everybody."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.base import NotFound, ServiceError, Unauthenticated, new_id
from contracts.payments import NotToYourself
from contracts.payments import PaymentsService as Promise
from contracts.subscriptions import ChannelRoleTooLow
from plumbing.context import CallContext, working_on
from plumbing.own_data import OwnData
from svc_payments.doors.advertising import Advertising
from svc_payments.doors.balances import Balances
from svc_payments.doors.entitlements import Entitlements
from svc_payments.doors.payouts import Payouts
from svc_payments.doors.receipts import Receipts
from svc_payments.doors.selling import Selling
from svc_payments.doors.subscribing import Subscribing
from svc_payments.service import PaymentsService
from tests.services import service_token
from tests.svc_payments_plans.test_payouts import ready
from tests.svc_payments_plans.world import FakeChannels, World, keyed

DOORS = (Selling, Subscribing, Entitlements, Balances, Payouts, Receipts, Advertising, OwnData)
ROLES = ("stranger", "follower", "author", "admin", "owner", "payer", "platform")
NOW = datetime.now(UTC)


@dataclass
class Scene:
    """A channel with everybody, its plan and its coupon, and somebody who pays it."""

    channel: str
    plan: str
    subscription: str
    payment: str
    people: dict[str, str]


@pytest.fixture
def scene(world: World, channels: FakeChannels) -> Scene:
    people = {role: new_id() for role in ROLES}
    channel = channels.begin(people["owner"])
    for role in ("follower", "author", "admin"):
        channels.roles[channel, people[role]] = role
    plan = world.plan(channel, people["owner"])
    for person in people.values():
        ready(world, person)
    made = world.subscribe(people["payer"], plan, people["owner"], NOW)
    from svc_payments.actions import coupons

    facts = {"percent": 50, "periods": 1, "max_uses": None, "expires_at": None, "now": NOW}
    world.do(coupons.create_coupon, channel, people["owner"], "HELLO", **facts)
    return Scene(channel, plan.id, made.id, str(made.payment_id), people)


Call = Callable[[PaymentsService, Scene], Any]

#: Name, call, and the outcomes for the roles in the order of ROLES. ok; low: 403; none: 404; own: their own channel.
CALLS: list[tuple[str, Call, str]] = [
    (
        "create_plan",
        lambda s, c: s.create_plan(channel_id=c.channel, title="x", amount=500, currency="EUR"),
        "low low low low ok low low",
    ),
    (
        "update_plan",
        lambda s, c: s.update_plan(plan_id=c.plan, changes={"title": "y"}),
        "low low low low ok low low",
    ),
    ("list_plans", lambda s, c: s.list_plans(channel_id=c.channel), "ok ok ok ok ok ok ok"),
    (
        "create_coupon",
        lambda s, c: s.create_coupon(channel_id=c.channel, code="OTHER", percent=5),
        "low low low low ok low low",
    ),
    ("list_coupons", lambda s, c: s.list_coupons(channel_id=c.channel), "low low low low ok low low"),
    (
        "delete_coupon",
        lambda s, c: s.delete_coupon(channel_id=c.channel, code="HELLO"),
        "low low low low ok low low",
    ),
    ("check_coupon", lambda s, c: s.check_coupon(plan_id=c.plan, code="HELLO"), "ok ok ok ok ok ok ok"),
    (
        "subscribe_to_plan",
        lambda s, c: s.subscribe_to_plan(plan_id=c.plan, method="balance"),
        "ok ok ok ok own paid ok",
    ),
    (
        "get_paid_subscription",
        lambda s, c: s.get_paid_subscription(subscription_id=c.subscription),
        "none none none none none ok none",
    ),
    (
        "cancel_paid_subscription",
        lambda s, c: s.cancel_paid_subscription(subscription_id=c.subscription),
        "none none none none none ok none",
    ),
    (
        "resume_paid_subscription",
        lambda s, c: s.resume_paid_subscription(subscription_id=c.subscription),
        "none none none none none ok none",
    ),
    (
        "change_paid_subscription",
        lambda s, c: s.change_paid_subscription(subscription_id=c.subscription, method="balance"),
        "none none none none none ok none",
    ),
    ("get_receipt", lambda s, c: s.get_receipt(payment_id=c.payment), "none none none none ok ok none"),
]
#: These answer everybody who is signed in with what is theirs.
OWN: dict[str, Callable[[PaymentsService], Any]] = {
    "list_paid_subscriptions": lambda s: s.list_paid_subscriptions(),
    "list_entitlements": lambda s: s.list_entitlements(),
    "get_balances": lambda s: s.get_balances(),
    "list_lines": lambda s: s.list_lines(currency="EUR"),
    "get_statement": lambda s: s.get_statement(currency="EUR", month="2026-01"),
    "get_earnings": lambda s: s.get_earnings(currency="EUR"),
    "get_payout_account": lambda s: s.get_payout_account(),
    "open_payout_account": lambda s: s.open_payout_account(country="ES"),
    "create_payout": lambda s: s.create_payout(amount=1_000, currency="EUR"),
    "list_payouts": lambda s: s.list_payouts(),
}
#: For services alone: test_entitlements.py, test_leaving.py, test_ad_budgets.py.
APART = {"find_entitlements", "list_own_data", "set_aside_ad_budget", "release_ad_budget"}


def outcome_of(work: Callable[[], Any]) -> str:
    try:
        work()
    except ChannelRoleTooLow:
        return "low"
    except NotFound:
        return "none"
    except NotToYourself:
        return "own"
    except ServiceError as error:
        return "paid" if error.code == "already_paid_for" else error.code
    return "ok"


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("name", "call", "outcomes"), CALLS, ids=[row[0] for row in CALLS])
def test_each_role_may_do_what_it_may(
    service: PaymentsService, scene: Scene, name: str, call: Call, outcomes: str, role: str
) -> None:
    with keyed(scene.people[role], roles=("user", "admin") if role == "platform" else ("user",)):
        assert outcome_of(lambda: call(service, scene)) == outcomes.split()[ROLES.index(role)]


@pytest.mark.parametrize("role", ROLES)
def test_everybody_signed_in_has_their_own(service: PaymentsService, scene: Scene, role: str) -> None:
    for call in OWN.values():
        with keyed(scene.people[role]):
            call(service)


def test_nobody_and_services_are_refused_everywhere(service: PaymentsService, scene: Scene) -> None:
    calls: list[Callable[[], Any]] = [lambda call=call: call(service, scene) for _, call, _ in CALLS]
    calls += [lambda call=call: call(service) for call in OWN.values()]
    for token in (None, "no token", service_token("gateway"), service_token("subscriptions")):
        for call in calls:
            with working_on(CallContext(token=token, idempotency_key="k")), pytest.raises(ServiceError) as caught:
                call()
            assert caught.value.kind == Unauthenticated.kind


def offered(door: type) -> set[str]:
    return {
        name
        for name, method in vars(door).items()
        if inspect.isfunction(method) and hasattr(method, "nameko_entrypoints")
    }


def test_no_call_is_left_out() -> None:
    names = {name for door in DOORS for name in offered(door)}
    assert names == {name for name, *_ in CALLS} | OWN.keys() | APART


def test_what_is_offered_is_what_was_promised() -> None:
    for door in DOORS:
        for name in offered(door):
            promised = inspect.signature(getattr(Promise, name)).parameters
            kept = inspect.signature(getattr(door, name)).parameters
            assert {key: each.default for key, each in kept.items()} == {
                key: each.default for key, each in promised.items()
            }, name


def test_no_door_shadows_what_another_one_calls() -> None:
    """Doors are mixins of one class: two methods of one name would be one, and a check could go missing."""
    doors = [each for each in PaymentsService.__mro__ if each.__module__.startswith("svc_payments.doors")]
    named = [name for door in doors for name, value in vars(door).items() if inspect.isfunction(value)]
    assert sorted(name for name in set(named) if named.count(name) > 1) == []


def test_the_whole_promise_is_kept() -> None:
    promised = {name for name, method in vars(Promise).items() if inspect.isfunction(method) and name[0] != "_"}
    kept = {name for door in PaymentsService.__mro__ for name in offered(door)}
    assert promised == kept
