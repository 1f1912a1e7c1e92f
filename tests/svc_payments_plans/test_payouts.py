"""Payouts: out of the balance once, back where they fail, and never more than there is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import eventlet
import pytest
from sqlalchemy import select

from contracts.base import Invalid, KeyMismatch, new_id
from contracts.payments import AmountInvalid, BalanceTooLow, KeyRequired, PayoutAccountMissing
from plumbing.database import transactions
from plumbing.settings import Settings
from svc_payments.actions import looking_at_payouts, paying_out, payouts
from svc_payments.actions.receiving import Received
from svc_payments.ledger import accounts
from svc_payments.ledger.posting import Cause
from svc_payments.plan_models import Payout, PayoutAccount
from svc_payments.provider.base import AccountSnapshot
from svc_payments.service import PaymentsService
from tests.payments_base import right
from tests.services import calling
from tests.svc_payments_plans.world import FakeProvider, World, keyed

NOW = datetime.now(UTC)
AT_ONCE = 64


def ready(world: World, user_id: str, balance: int = 5_000) -> str:
    """Let somebody have a balance and somewhere to send it; return their account at the provider."""
    world.fund(user_id, balance)
    account_id = f"acct_{user_id}"
    known = AccountSnapshot(account_id=account_id, user_id=user_id, ready=True, country="ES")
    world.provider.accounts[account_id] = known
    account = {"account_id": account_id, "country": "ES", "ready": True, "missing": [], "created_at": NOW}
    world.do(lambda session: session.add(PayoutAccount(user_id=user_id, **account)))
    return account_id


def one(world: World, user_id: str) -> Payout:
    with world.db.reading() as session:
        return session.scalars(select(Payout).where(Payout.user_id == user_id)).one()


def heard(kind: str, object_id: str) -> Received:
    return Received("evt_1", f"{kind}.updated", kind, object_id, None, None, {}, 1)


def test_a_payout_is_sent_once_for_each_key(world: World, service: PaymentsService, provider: FakeProvider) -> None:
    ada = new_id()
    ready(world, ada)
    with keyed(ada, "k1"):
        first = service.create_payout(amount=2_000, currency="EUR")
        assert service.create_payout(amount=2_000, currency="EUR") == first
        with pytest.raises(KeyMismatch):
            service.create_payout(amount=2_001, currency="EUR")
    assert first["status"] == "paid"
    assert len(provider.transfers) == 1
    assert (world.held(accounts.person(ada)), world.held(accounts.in_payout(ada))) == (3_000, 0)
    with calling(ada):
        assert service.list_payouts()["items"] == [first]
        with pytest.raises(KeyRequired):
            service.create_payout(amount=2_000, currency="EUR")
    with calling(new_id()):
        assert service.list_payouts()["items"] == []
    right(world.db)


def test_while_the_provider_is_away_the_money_is_on_its_way(
    world: World, service: PaymentsService, provider: FakeProvider
) -> None:
    ada = new_id()
    ready(world, ada)
    provider.away = True
    with keyed(ada):
        begun = service.create_payout(amount=2_000, currency="EUR")
        assert begun["status"] == "created"
        assert service.get_balances()[0] == {
            "currency": "EUR", "available": 3_000, "pending": 0, "in_payout": 2_000, "ads": 0
        }  # fmt: skip
    provider.away = False
    world.desk.make_calls()
    assert one(world, ada).status == "paid"
    assert world.held(accounts.in_payout(ada)) == 0


def test_an_answer_that_was_lost_is_found_and_not_sent_again(
    world: World, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = new_id()
    ready(world, ada)
    made = world.do(payouts.create_payout, ada, 2_000, "EUR", NOW)
    provider.transfer(
        call_id="the one whose answer was lost", payout_id=made.id, account_id="a", amount=2_000, currency="EUR"
    )
    provider.away = True
    world.desk.write(lambda session: None)
    from svc_payments.actions import calling as making

    making.make_due(world.desk)  # type: ignore[arg-type]
    from sqlalchemy import text

    world.do(lambda session: session.execute(text("UPDATE provider_calls SET attempts = 1")))
    provider.away = False
    world.desk.make_calls()
    assert len(provider.transfers) == 1
    assert one(world, ada).status == "paid"


def test_a_refused_payout_is_back_in_the_balance(
    world: World, service: PaymentsService, provider: FakeProvider
) -> None:
    ada = new_id()
    ready(world, ada)
    provider.refuses = "account_closed"
    with keyed(ada):
        failed = service.create_payout(amount=2_000, currency="EUR")
    assert (failed["status"], failed["failure"]) == ("failed", "account_closed")
    assert (world.held(accounts.person(ada)), world.held(accounts.in_payout(ada))) == (5_000, 0)
    right(world.db)


def test_what_comes_back_later_in_parts_is_in_the_balance_again(world: World, provider: FakeProvider) -> None:
    ada = new_id()
    ready(world, ada)
    made = world.do(payouts.create_payout, ada, 2_000, "EUR", NOW)
    world.desk.make_calls()
    (sent,) = provider.transfers.values()
    for amount, status in ((500, "paid"), (500, "paid"), (2_000, "failed")):
        provider.transfers[sent.transfer_id] = replace(sent, amount_reversed=amount)
        look = looking_at_payouts.look_at_transfer
        assert look(world.desk, heard("transfer", sent.transfer_id)) == "settled"  # type: ignore[arg-type]
        assert world.held(accounts.person(ada)) == 3_000 + amount
        assert one(world, ada).status == status
    world.do(payouts.settle_payout, made.id, provider.transfers[sent.transfer_id], Cause("provider", "evt_2"))
    assert world.held(accounts.person(ada)) == 5_000
    assert world.held(accounts.PROVIDER) == -5_000
    right(world.db)


def test_a_transfer_of_others_is_left_alone(world: World, provider: FakeProvider) -> None:
    ada = new_id()
    ready(world, ada)
    made = world.do(payouts.create_payout, ada, 2_000, "EUR", NOW)
    other = provider.transfer(call_id="x", payout_id=new_id(), account_id="a", amount=1, currency="EUR")
    assert not paying_out.settle(world.desk, other, Cause("provider", "x"))  # type: ignore[arg-type]
    more = replace(other, payout_id=made.id, amount=2_001)
    assert not paying_out.settle(world.desk, more, Cause("provider", "x"))  # type: ignore[arg-type]
    assert one(world, ada).status == "created"


def test_too_little_too_much_and_nowhere_to_send_it(world: World) -> None:
    ada = new_id()
    world.fund(ada, 5_000)
    with pytest.raises(PayoutAccountMissing):
        world.do(payouts.create_payout, ada, 2_000, "EUR", NOW)
    ready(world, ada, 1)
    for amount in (payouts.LEAST["EUR"] - 1, 100_000_000):
        with pytest.raises(AmountInvalid):
            world.do(payouts.create_payout, ada, amount, "EUR", NOW)
    with pytest.raises(BalanceTooLow):
        world.do(payouts.create_payout, ada, 5_002, "EUR", NOW)


def test_sixty_four_at_once_never_overdraw(world: World, configured: Settings) -> None:
    ada = new_id()
    ready(world, ada, 10_000)
    world.desk.db = transactions(configured.database_url, pool_size=AT_ONCE)

    def pay(_: int) -> bool:
        try:
            world.do(payouts.create_payout, ada, 1_500, "EUR", NOW)
        except BalanceTooLow:
            return False
        return True

    done = list(eventlet.GreenPool(AT_ONCE).imap(pay, range(AT_ONCE)))
    assert done.count(True) == 6
    assert (world.held(accounts.person(ada)), world.held(accounts.in_payout(ada))) == (1_000, 9_000)
    right(world.db)


def test_an_account_is_made_once_and_becomes_ready(
    world: World, service: PaymentsService, provider: FakeProvider
) -> None:
    ada = new_id()
    with calling(ada):
        assert service.get_payout_account() == {"ready": False, "country": None, "missing": []}
        first = service.open_payout_account(country="ES", return_path="/wallet")
        again = service.open_payout_account(country="ES", return_path="/wallet")
        assert first == again
        assert first["onboarding_url"].endswith("/wallet")
        (account_id,) = provider.accounts
        provider.onboard(account_id)
        look = looking_at_payouts.look_at_account
        assert look(world.desk, heard("account", account_id)) == "settled"  # type: ignore[arg-type]
        assert look(world.desk, heard("account", "acct_foreign")) == "not_ours"  # type: ignore[arg-type]
        assert service.get_payout_account() == {"ready": True, "country": "ES", "missing": []}
        assert service.open_payout_account(country="FR")["country"] == "ES"
        for country in ("es", "ESP", "", 7):
            with pytest.raises(Invalid):
                service.open_payout_account(country=country)  # type: ignore[arg-type]
        for path in ("//evil.example", "https://evil.example", "/\\evil"):
            with pytest.raises(Invalid):
                service.open_payout_account(country="ES", return_path=path)


def test_another_country_is_another_account_while_the_first_is_not_ready(
    service: PaymentsService, provider: FakeProvider
) -> None:
    with calling(new_id()):
        service.open_payout_account(country="ES")
        assert service.open_payout_account(country="FR")["country"] == "FR"
    assert {each.country for each in provider.accounts.values()} == {"ES", "FR"}
