"""Subscriptions and payouts with the provider's sandbox, over HTTP, by its own pages and messages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from contracts.auth import AccountErased
from contracts.base import Invalid, new_id
from svc_payments import worker  # noqa: F401 - with all kinds of webhooks that it looks at
from svc_payments.actions import erasing, plans, renewing, subscriptions
from svc_payments.payment_models import Customer, SavedCard
from svc_payments.plan_models import PaidSubscription, Payout
from tests.svc_payments_flows.conftest import (  # noqa: F401 - fixtures
    market,
    options_of_tests,
    receiver,
    running,
    sandbox,
)
from tests.svc_payments_flows.market import Market, keyed
from tests.svc_payments_provider.sandbox_process import pay, send


def subscribed(market: Market) -> PaidSubscription:  # noqa: F811
    """Let Ada subscribe to Bob's channel on the provider's page."""
    channel = market.channels.channel(market.bob)
    plan = market.desk.write(
        lambda s: plans.create_plan(s, channel, market.bob, "Friend", 500, "EUR", datetime.now(UTC))
    )
    with keyed(market.ada):
        begun = market.service.subscribe_to_plan(plan_id=plan.id)
        assert begun["status"] == "incomplete"
        pay(str(begun["payment"]["action_url"]))
        market.hear()
        assert market.service.get_paid_subscription(subscription_id=begun["id"])["status"] == "active"
    return one(market, begun["id"])


def one(market: Market, subscription_id: str) -> PaidSubscription:  # noqa: F811
    return market.look(subscriptions.get, market.ada, subscription_id)


def renew(market: Market, subscription: PaidSubscription) -> PaidSubscription:  # noqa: F811
    """Let a subscription come due, and the worker do what it does then."""
    now = subscription.due_at
    assert now is not None
    for due in market.look(renewing.due, now, 10):
        market.desk.write(lambda session, due=due: renewing.look_at(session, due, market.bob, now))
    market.let_calls_be_due()
    market.work()
    return one(market, subscription.id)


def test_the_card_of_the_first_period_pays_the_next_one_without_its_holder(market: Market) -> None:  # noqa: F811
    first = subscribed(market)
    assert first.method.startswith("pm_")
    renewed = renew(market, first)
    assert (renewed.status, renewed.periods) == ("active", 2)
    assert renewed.paid_until == first.paid_until + timedelta(days=30)  # type: ignore[operator]
    assert market.of(market.bob) == 2 * 475
    assert market.posted("charge") == 2


def test_a_card_that_wants_its_holder_puts_the_renewal_off(market: Market) -> None:  # noqa: F811
    first = subscribed(market)
    wants_its_holder = market.saved_card(market.ada, "4000002760003184")
    with keyed(market.ada):
        market.service.change_paid_subscription(subscription_id=first.id, method=wants_its_holder)
    found = renew(market, one(market, first.id))
    assert (found.status, found.failure) == ("past_due", "authentication_required")
    with keyed(market.ada):
        market.service.change_paid_subscription(subscription_id=first.id, method=first.method)
    again = one(market, first.id)
    again.due_at = again.paid_until
    market.desk.write(lambda session: session.merge(again))
    found = renew(market, again)
    assert (found.status, found.periods) == ("active", 2)
    assert market.of(market.bob) == 2 * 475


def test_a_refund_by_the_payee_ends_it(market: Market) -> None:  # noqa: F811
    first = subscribed(market)
    market.refund(str(first.payment_id))
    market.hear()
    assert one(market, first.id).status == "ended"
    assert market.of(market.bob) == 0


def test_money_is_sent_to_an_account_that_became_ready(market: Market, sandbox: Any) -> None:  # noqa: F811
    market.give(market.bob, 5_000)
    with keyed(market.bob):
        opened = market.service.open_payout_account(country="ES", return_path="/wallet")
        assert not opened["ready"]
        send(str(opened["onboarding_url"]), answer="complete")
        market.hear()
        assert market.service.get_payout_account()["ready"]
        paid = market.service.create_payout(amount=2_000, currency="EUR")
    assert paid["status"] == "paid"
    assert market.of(market.bob) == 3_000
    with market.db.reading() as session:
        transfer_id = session.scalars(select(Payout.transfer_id).where(Payout.id == paid["id"])).one()
    sandbox.control(f"transfers/{transfer_id}/reverse", amount=500)
    market.hear()
    assert market.of(market.bob) == 3_500
    sandbox.control(f"transfers/{transfer_id}/reverse")
    market.hear()
    assert market.of(market.bob) == 5_000


def test_a_country_that_cannot_be_paid_out_to_is_refused(market: Market) -> None:  # noqa: F811
    with keyed(new_id()), pytest.raises(Invalid) as refused:
        market.service.open_payout_account(country="AQ")
    assert refused.value.code == "payout_account_refused"


def test_the_provider_forgets_the_cards_of_who_has_gone(market: Market) -> None:  # noqa: F811
    subscribed(market)
    customer_id = market.look(lambda session: session.get_one(Customer, market.ada).customer_id)
    assert len(market.provider.list_methods(customer_id)) == 1
    event = AccountErased(user_id=market.ada, messages="keep")
    market.desk.write(lambda session: erasing.erasures.begin(session, event))
    while market.desk.write(lambda session: erasing.erasures.erase_piece(session, market.ada)):
        pass
    market.let_calls_be_due()
    market.work()
    assert market.provider.list_methods(customer_id) == []
    assert market.count(SavedCard) == market.count(Customer) == 0
