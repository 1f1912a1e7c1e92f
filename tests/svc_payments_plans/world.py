"""People with money, channels that sell, a provider that does as it is told, and short ways to let time pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from contracts.base import NotFound, new_id
from plumbing import codec
from plumbing.context import CallContext, current_call, working_on
from plumbing.database import Transactions
from plumbing.doors import Writing
from plumbing.identity import verify_user_token
from svc_payments.actions import calling, entitlements, plans, renewing, settling, subscribing, subscriptions
from svc_payments.ledger import accounts
from svc_payments.ledger.balances import balance_of
from svc_payments.ledger.posting import Cause, Move, post
from svc_payments.models import Outbox
from svc_payments.payment_models import Customer, Payment, SavedCard
from svc_payments.plan_models import PaidSubscription, Plan
from svc_payments.provider.base import (
    AccountSnapshot,
    CardDeclined,
    Checkout,
    PaymentSnapshot,
    ProviderAway,
    ProviderRefused,
    SavedMethod,
    TransferSnapshot,
)
from tests.services import FakePush, user_token

Outcome = TypeVar("Outcome")
CARD = "pm_good"


class FakeChannels:
    """What svc_subscriptions answers."""

    def __init__(self) -> None:
        self.owners: dict[str, str] = {}
        self.roles: dict[tuple[str, str], str] = {}
        self.hidden: set[str] = set()

    def begin(self, owner_id: str, *, hidden: bool = False) -> str:
        channel_id = new_id()
        self.owners[channel_id] = owner_id
        self.roles[channel_id, owner_id] = "owner"
        if hidden:
            self.hidden.add(channel_id)
        return channel_id

    def as_service(self) -> FakeChannels:
        return self

    def get_channel(self, *, channel_id: str) -> dict[str, Any]:
        me = verify_user_token(current_call().token).user_id
        role = self.roles.get((channel_id, me))
        if channel_id not in self.owners or (channel_id in self.hidden and role is None):
            raise NotFound(code="unknown_channel")
        subscription = {"role": role} if role else None
        return {"id": channel_id, "owner_id": self.owners[channel_id], "subscription": subscription}

    def find_channel_owners(self, *, channel_ids: list[str]) -> list[dict[str, str]]:
        return [{"channel_id": each, "owner_id": self.owners[each]} for each in channel_ids if each in self.owners]


class FakeAuth:
    """What svc_auth answers."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def find_users(self, *, user_ids: list[str]) -> list[dict[str, Any]]:
        return [
            {"id": each, "username": f"u{each[-6:]}", "display_name": self.names[each]}
            for each in user_ids
            if each in self.names
        ]


class FakeProvider:
    """A provider in memory, as far as plans and payouts need one; the same call makes the same thing.

    Attributes:
        declines: What a saved card's bank says to everything; None: yes.
        away: It does not answer.
        refuses: What is said to transfers.
    """

    def __init__(self) -> None:
        self.declines: str | None = None
        self.away = False
        self.refuses: str | None = None
        self.payments: dict[str, PaymentSnapshot] = {}
        self.transfers: dict[str, TransferSnapshot] = {}
        self.accounts: dict[str, AccountSnapshot] = {}
        self.detached: list[str] = []
        self.made: dict[str, Any] = {}
        self.charges = 0

    def _answer(self) -> None:
        if self.away:
            raise ProviderAway

    def make_customer(self, *, call_id: str, user_id: str) -> str:
        self._answer()
        return f"cus_{user_id}"

    def list_methods(self, customer_id: str) -> list[SavedMethod]:
        self._answer()
        if CARD in self.detached:
            return []
        return [
            SavedMethod(
                method_id=CARD, customer_id=customer_id, brand="visa", last4="4242", exp_month=12, exp_year=2040
            )
        ]

    def detach_method(self, method_id: str) -> None:
        self._answer()
        self.detached.append(method_id)

    def open_checkout(self, *, call_id: str, payment_id: str, **facts: Any) -> Checkout:
        self._answer()
        session_id = f"cs_{call_id}"
        self.payments[session_id] = self._payment(payment_id, facts, "requires_action", session_id=session_id)
        until = datetime.now(UTC) + timedelta(hours=24)
        return Checkout(session_id=session_id, url="https://pay.example/x", intent_id=None, expires_at=until)

    def charge_saved(self, *, call_id: str, payment_id: str, method_id: str, **facts: Any) -> PaymentSnapshot:
        self._answer()
        if self.declines is not None:
            intent_id = f"pi_{call_id}"
            self.payments[intent_id] = self._payment(payment_id, facts, "failed", intent_id=intent_id)
            raise CardDeclined(self.declines, intent_id)
        if call_id not in self.made:
            self.charges += 1
            self.made[call_id] = self._payment(payment_id, facts, "succeeded", intent_id=f"pi_{call_id}")
        self.payments[f"pi_{call_id}"] = self.made[call_id]
        found: PaymentSnapshot = self.made[call_id]
        return found

    def _payment(self, payment_id: str, facts: Mapping[str, Any], status: Any, **ids: Any) -> PaymentSnapshot:
        paid = status == "succeeded"
        ids.setdefault("session_id", None)
        ids.setdefault("intent_id", f"pi_{payment_id}" if paid else None)
        return PaymentSnapshot(
            payment_id=payment_id,
            payer_id=facts["payer_id"],
            status=status,
            amount=facts["amount"],
            received=facts["amount"] if paid else 0,
            currency=facts["currency"],
            action_url=None if paid else "https://pay.example/x",
            failure=None,
            customer_id=facts.get("customer_id"),
            method_id=CARD if paid else None,
            charge_id=f"ch_{payment_id}" if paid else None,
            provider_fee=None,
            provider_fee_currency=None,
            created=datetime.now(UTC),
            **ids,
        )

    def fetch_payment(self, *, session_id: str | None = None, intent_id: str | None = None) -> PaymentSnapshot:
        return self.payments[str(intent_id or session_id)]

    def cancel_intent(self, intent_id: str) -> PaymentSnapshot:
        if self.payments[intent_id].status != "succeeded":
            self.payments[intent_id] = replace(self.payments[intent_id], status="canceled")
        return self.payments[intent_id]

    def expire_checkout(self, session_id: str) -> PaymentSnapshot:
        if self.payments[session_id].status == "requires_action":
            self.payments[session_id] = replace(self.payments[session_id], status="expired")
        return self.payments[session_id]

    def list_payments(self, since: datetime) -> Iterator[PaymentSnapshot]:
        return iter(self.payments.values())

    def make_account(self, *, call_id: str, user_id: str, country: str) -> str:
        self._answer()
        account_id = f"acct_{call_id}"
        self.accounts.setdefault(
            account_id,
            AccountSnapshot(account_id=account_id, user_id=user_id, ready=False, country=country, missing=("iban",)),
        )
        return account_id

    def onboarding_url(self, account_id: str, return_url: str) -> str:
        self._answer()
        return f"https://connect.example/{account_id}?back={return_url}"

    def fetch_account(self, account_id: str) -> AccountSnapshot:
        self._answer()
        return self.accounts[account_id]

    def onboard(self, account_id: str) -> None:
        self.accounts[account_id] = replace(self.accounts[account_id], ready=True, missing=())

    def transfer(self, *, call_id: str, payout_id: str, account_id: str, amount: int, currency: str) -> Any:
        self._answer()
        if self.refuses:
            raise ProviderRefused(self.refuses)
        transfer_id = f"tr_{call_id}"
        self.transfers.setdefault(
            transfer_id,
            TransferSnapshot(
                transfer_id=transfer_id,
                payout_id=payout_id,
                account_id=account_id,
                amount=amount,
                amount_reversed=0,
                currency=currency,
                status="paid",
                created=datetime.now(UTC),
            ),
        )
        return self.transfers[transfer_id]

    def fetch_transfer(self, transfer_id: str) -> TransferSnapshot:
        return self.transfers[transfer_id]

    def list_transfers(self, since: datetime) -> Iterator[TransferSnapshot]:
        self._answer()
        return iter(list(self.transfers.values()))


class Desk(Writing):
    """Makes the calls to the provider that were wanted."""

    def __init__(self, db: Transactions, push: FakePush, provider: FakeProvider) -> None:
        self.db, self.push, self.provider = db, push, provider

    def make_calls(self) -> None:
        """Make every call that waits, however lately it was wanted."""
        with self.db.transaction() as session:
            session.execute(text("UPDATE provider_calls SET next_attempt_at = now() - interval '1 s'"))
        while calling.make_due(self):  # type: ignore[arg-type]
            pass


class World:
    """Short ways for tests."""

    def __init__(self, db: Transactions, push: FakePush, provider: FakeProvider) -> None:
        self.db = db
        self.desk = Desk(db, push, provider)
        self.provider = provider

    def do(self, work: Callable[..., Outcome], *args: Any, **kwargs: Any) -> Outcome:
        """Run an action in a transaction of its own."""
        return self.desk.write(lambda session: work(session, *args, **kwargs))

    def look(self, work: Callable[..., Outcome], *args: Any, **kwargs: Any) -> Outcome:
        with self.db.reading() as session:
            return work(session, *args, **kwargs)

    def fund(self, user_id: str, amount: int, currency: str = "EUR") -> None:
        """Give somebody a balance."""
        moves = [Move(accounts.PROVIDER, -amount), Move(accounts.person(user_id), amount)]
        self.do(post, kind="charge", key=new_id(), cause=Cause("provider", "evt"), currency=currency, moves=moves)

    def has_card(self, user_id: str) -> None:
        """Let somebody have a saved card."""

        def work(session: Session) -> None:
            session.add(Customer(user_id=user_id, customer_id=f"cus_{user_id}", default_method_id=CARD))
            card = {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2040, "place": 0}
            session.add(SavedCard(user_id=user_id, id=CARD, **card))

        self.do(work)

    def held(self, account: str, currency: str = "EUR") -> int:
        return self.look(balance_of, account, currency).total

    def plan(self, channel_id: str, owner_id: str, amount: int = 500, currency: str = "EUR") -> Plan:
        return self.do(plans.create_plan, channel_id, owner_id, "Supporter", amount, currency, datetime.now(UTC))

    def subscribe(self, user_id: str, plan: Plan, owner_id: str, now: datetime, **more: Any) -> PaidSubscription:
        """Subscribe somebody, and make the provider's call."""
        terms = subscribing.terms_of(plan, owner_id)
        wanted = {"method": "balance", "coupon": None, "return_path": "/"} | more
        made = self.do(subscribing.subscribe, user_id, terms, now=now, **wanted)
        self.desk.make_calls()
        return self.again(made)

    def again(self, subscription: PaidSubscription) -> PaidSubscription:
        """Return a subscription as it is now."""
        return self.look(subscriptions.get, subscription.user_id, subscription.id)

    def renew(self, owner_id: str | None, now: datetime) -> int:
        """Look at everything that is due, and make the provider's calls."""
        found = self.look(renewing.due, now, 100)
        for one in found:
            self.do(renewing.look_at, one, owner_id, now)
        self.desk.make_calls()
        return len(found)

    def payment(self, payment_id: str | None) -> Payment:
        with self.db.reading() as session:
            return session.get_one(Payment, payment_id)

    def pay_page(self, payment_id: str) -> None:
        """Let somebody pay on the page that was opened for a payment."""
        payment = self.payment(payment_id)
        page = self.provider.payments[str(payment.session_id)]
        paid = replace(
            page,
            status="succeeded",
            received=page.amount,
            intent_id=f"pi_{payment_id}",
            charge_id=f"ch_{payment_id}",
            method_id=CARD,
            action_url=None,
        )
        self.provider.payments[str(payment.session_id)] = paid
        self.do(settling.settle_payment, payment_id, paid, Cause("provider", "evt_1"))

    def entitled(self, user_id: str, kind: str, subject_id: str, now: datetime) -> bool:
        return bool(self.look(entitlements.find, user_id, kind, [subject_id], now))

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return what was told under a name, in the order of their versions."""
        with self.db.reading() as session:
            rows = session.scalars(select(Outbox).order_by(Outbox.enqueued_at, Outbox.version)).all()
        return [codec.decode(row.body) for row in rows if row.name.split(".")[0] == name]


@contextmanager
def keyed(user_id: str, key: str | None = None, roles: tuple[str, ...] = ("user",)) -> Iterator[None]:
    """Make a person the caller inside the block, with an Idempotency-Key."""
    with working_on(CallContext(token=user_token(user_id, roles=roles), idempotency_key=key or new_id())):
        yield


__all__ = ["CARD", "FakeAuth", "FakeChannels", "FakeProvider", "World", "keyed"]
