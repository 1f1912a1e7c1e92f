"""A copy of what is kept of somebody, and letting go of them: the books stay, with an id."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from contracts.auth import AccountErased
from contracts.base import ServiceError, new_id
from plumbing.context import CallContext, working_on
from svc_payments.actions import erasing, own_data, payouts, refunding, subscriptions
from svc_payments.models import LedgerTransaction
from svc_payments.payment_models import Customer, Payment, PaymentRequest, ProviderCall, Refund, SavedCard
from svc_payments.plan_models import Erasure, PaidSubscription, Payout, PayoutAccount
from svc_payments.service import PaymentsService
from tests.payments_base import right
from tests.services import calling, calling_as_service, service_token
from tests.svc_payments_plans.test_balances import tip
from tests.svc_payments_plans.test_payouts import ready
from tests.svc_payments_plans.world import CARD, World

NOW = datetime.now(UTC)


def everything(service: PaymentsService, person: str, section: str) -> list[Any]:
    items: list[Any] = []
    after = None
    with calling_as_service("auth"):
        while True:
            page = service.list_own_data(user_id=person, section=section, after=after)
            items += page["items"]
            after = page["next"]
            if after is None:
                return items


def life(world: World) -> str:
    """Let somebody do everything that leaves a trace; return them."""
    ada, owner, channel = new_id(), new_id(), new_id()
    ready(world, ada, 50_000)
    world.has_card(ada)
    world.fund(owner, 50_000)
    world.subscribe(ada, world.plan(channel, owner), owner, NOW, method=CARD)
    other = world.plan(new_id(), owner)
    world.subscribe(ada, other, owner, NOW, method="card")
    tip(world, ada, owner, 500, note="for you")
    got = tip(world, owner, ada, 700, note="their words")
    refund = {"is_admin": False, "amount": 100, "reason": "sorry", "end_access": None, "now": NOW}
    world.do(refunding.decide, got, ada, **refund)
    for asking, asked in ((ada, owner), (owner, ada)):
        facts = {"conversation_id": new_id(), "amount": 100, "currency": "EUR", "status": "open", "version": 0}
        request = PaymentRequest(
            id=new_id(), requester_id=asking, payer_id=asked, note="lend me", created_at=NOW, expires_at=NOW, **facts
        )
        world.do(lambda session, request=request: session.add(request))
    world.do(payouts.create_payout, ada, 2_000, "EUR", NOW)
    world.desk.make_calls()
    return ada


def erase(world: World, person: str) -> None:
    world.do(erasing.erasures.begin, AccountErased(user_id=person, messages="keep"))
    for _ in range(50):
        if not world.do(erasing.erasures.erase_piece, person):
            return
    raise AssertionError("it never ends")


def test_only_auth_asks(service: PaymentsService) -> None:
    for token in (None, service_token("gateway"), service_token("media")):
        with working_on(CallContext(token=token)), pytest.raises(ServiceError) as refused:
            service.list_own_data(user_id=new_id(), section="payments")
        assert refused.value.kind in ("unauthenticated", "forbidden")
    with calling(new_id(), "admin"), pytest.raises(ServiceError) as refused:
        service.list_own_data(user_id=new_id(), section="payments")
    assert refused.value.kind == "forbidden"


@pytest.mark.parametrize("page", [1, 3, 500])
def test_all_of_it_is_there_and_nothing_of_the_providers(
    world: World, service: PaymentsService, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(own_data, "PAGE", page)
    ada = life(world)
    found = {section: everything(service, ada, section) for section in own_data.SECTIONS}
    assert {section: len(items) for section, items in found.items()} == {
        "payments": 3,
        "payments_received": 1,
        "payment_requests": 2,
        "disputes": 0,
        "paid_subscriptions": 2,
        "entitlements": 1,
        "coupons_used": 0,
        "cards": 1,
        "payout_account": 1,
        "payouts": 1,
        "lines": 7,
    }
    assert sum(line["amount"] for line in found["lines"] if line["account"] == "person") == world.held(f"person:{ada}")
    for item in found["payments"] + found["payments_received"]:
        assert not item.keys() & {"intent_id", "customer_id", "charge_id", "session_id"}
    assert "method" not in found["payments_received"][0]


@pytest.mark.parametrize("section", own_data.SECTIONS)
def test_a_stranger_has_nothing(world: World, service: PaymentsService, section: str) -> None:
    life(world)
    assert everything(service, new_id(), section) == []


def test_the_books_stay_and_the_rest_goes(world: World) -> None:
    ada = life(world)
    with world.db.reading() as session:
        books = session.scalar(select(func.count()).select_from(LedgerTransaction))
    held = world.held(f"person:{ada}")
    erase(world, ada)
    world.desk.make_calls()
    with world.db.reading() as session:
        for table, owner in ((SavedCard, SavedCard.user_id), (Customer, Customer.user_id), (Erasure, Erasure.user_id)):
            assert session.scalar(select(func.count()).select_from(table).where(owner == ada)) == 0
        assert session.get(PayoutAccount, ada) is None
        assert session.scalar(select(func.count()).select_from(ProviderCall)) == 0
        assert session.scalars(select(Payout.account_id).where(Payout.user_id == ada)).all() == [None]
        mine = session.scalars(select(Payment).where(Payment.payer_id == ada)).all()
        assert {(each.note, each.method_id) for each in mine} == {("", None)}
        assert {each.method for each in mine} == {"balance", "card"}
        assert session.scalars(select(Payment.note).where(Payment.payee_id == ada)).all() == ["their words"]
        assert session.scalars(select(Refund.reason)).all() == [""]
        assert set(session.scalars(select(PaidSubscription.status).where(PaidSubscription.user_id == ada))) == {"ended"}
        requests = {
            (each.requester_id == ada, each.note, each.status) for each in session.scalars(select(PaymentRequest))
        }
        assert requests == {(True, "", "canceled"), (False, "lend me", "declined")}
        assert session.scalar(select(func.count()).select_from(LedgerTransaction)) == books
        assert set(session.scalars(select(LedgerTransaction.memo))) <= {"", *session.scalars(select(Payout.id))}
    assert world.provider.detached == [CARD]
    assert world.held(f"person:{ada}") == held
    right(world.db)


def test_told_twice_it_is_done_once_and_nobody_else_is_touched(world: World, service: PaymentsService) -> None:
    ada, bob = life(world), life(world)
    before = {section: everything(service, bob, section) for section in own_data.SECTIONS}
    event = AccountErased(user_id=ada, messages="keep")
    world.do(erasing.erasures.begin, event)
    world.do(erasing.erasures.begin, event)
    assert world.look(erasing.erasures.waiting, 10) == [ada]
    while world.do(erasing.erasures.erase_piece, ada):
        pass
    world.do(erasing.erasures.begin, event)
    assert world.look(erasing.erasures.waiting, 10) == []
    assert {section: everything(service, bob, section) for section in own_data.SECTIONS} == before


def test_a_payout_on_its_way_arrives_and_forgets_where_it_went(world: World) -> None:
    ada = new_id()
    ready(world, ada)
    world.do(payouts.create_payout, ada, 2_000, "EUR", NOW)
    erase(world, ada)
    world.desk.make_calls()
    with world.db.reading() as session:
        payout = session.scalars(select(Payout).where(Payout.user_id == ada)).one()
    assert (payout.status, payout.account_id) == ("paid", None)


def test_subscribers_of_others_do_not_pay_for_somebody_who_has_gone(world: World) -> None:
    ada = life(world)
    erase(world, ada)
    assert world.look(subscriptions.list_of, ada, 10, None)[0].due_at is None
