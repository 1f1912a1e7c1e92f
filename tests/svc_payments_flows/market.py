"""People who pay each other, a sandbox that plays the provider, and the test's hand on both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from nameko.testing.services import worker_factory
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from contracts.base import ServiceError, new_id
from contracts.payments import PaymentView
from contracts.subscriptions import UnknownChannel, UnknownPost
from plumbing import codec
from plumbing.context import CallContext, working_on
from plumbing.database import Transactions
from plumbing.doors import Writing
from plumbing.identity import CallerIdentity
from svc_payments.actions import calling
from svc_payments.ledger import accounts
from svc_payments.ledger.access import access_of
from svc_payments.ledger.balances import balance_of
from svc_payments.ledger.posting import Cause, Move, post
from svc_payments.models import Base, LedgerTransaction
from svc_payments.payment_models import Payment, ProviderCall
from svc_payments.provider.base import Provider
from svc_payments.service import PaymentsService
from svc_payments.workers import receiving
from tests.services import FakePush, calling_as_service, user_token
from tests.svc_payments_provider.sandbox_process import Receiver, Sandbox, pay, wait_for

Outcome = TypeVar("Outcome")
VISA = "4242424242424242"


class FakeMessaging:
    """Stands in for svc_messaging: who is in which conversation."""

    def __init__(self) -> None:
        self.members: dict[str, set[str]] = {}

    def together(self, *people: str) -> str:
        """Return a new conversation of these people."""
        conversation_id = new_id()
        self.members[conversation_id] = set(people)
        return conversation_id

    def as_service(self) -> FakeMessaging:
        return self

    def find_members(self, *, conversation_id: str, user_ids: list[str]) -> list[str]:
        members = self.members.get(conversation_id, set())
        return [each for each in user_ids if each in members]

    def find_members_of_many(self, *, items: list[dict[str, Any]]) -> list[list[str]]:
        return [self.find_members(**item) for item in items]


@dataclass
class FakeChannels:
    """Stands in for svc_subscriptions: channels with owners, posts with prices."""

    owners: dict[str, str] = field(default_factory=dict)
    posts: dict[str, dict[str, Any]] = field(default_factory=dict)

    def channel(self, owner_id: str) -> str:
        """Return a new channel of somebody's."""
        channel_id = new_id()
        self.owners[channel_id] = owner_id
        return channel_id

    def post(self, channel_id: str, amount: int | None = None, currency: str = "EUR") -> str:
        """Return a new post, with a price where one is given."""
        post_id = new_id()
        price = None if amount is None else {"amount": amount, "currency": currency}
        self.posts[post_id] = {"id": post_id, "channel_id": channel_id, "deleted": False, "price": price}
        return post_id

    def get_channel(self, *, channel_id: str) -> dict[str, Any]:
        if channel_id not in self.owners:
            raise UnknownChannel
        return {"id": channel_id, "owner_id": self.owners[channel_id]}

    def get_post(self, *, post_id: str) -> dict[str, Any]:
        if post_id not in self.posts:
            raise UnknownPost
        return self.posts[post_id]


@contextmanager
def keyed(user_id: str, key: str | None = None, *roles: str) -> Iterator[None]:
    """Make a person the caller inside the block, with an Idempotency-Key (a new one where none is given)."""
    token = user_token(user_id, roles=roles or ("user",))
    with working_on(CallContext(token=token, idempotency_key=key or new_id())):
        yield


class Desk(Writing):
    """A worker of a test."""

    def __init__(self, db: Transactions, push: FakePush, provider: Provider) -> None:
        self.db, self.push, self.provider = db, push, provider


class Market:
    """Everything that a test of payments needs."""

    def __init__(
        self, db: Transactions, push: FakePush, sandbox: Sandbox, receiver: Receiver, provider: Provider
    ) -> None:
        self.db, self.push, self.sandbox, self.receiver, self.provider = db, push, sandbox, receiver, provider
        self.messaging, self.channels = FakeMessaging(), FakeChannels()
        self.desk = Desk(db, push, provider)
        self.service = self.new_service()
        self.ada, self.bob, self.eve = new_id(), new_id(), new_id()
        self.chat = self.messaging.together(self.ada, self.bob)

    def new_service(self, provider: Any = None) -> PaymentsService:
        """Return one more process's service on the same database."""
        made: PaymentsService = worker_factory(
            PaymentsService,
            db=self.db,
            push=self.push,
            caller=CallerIdentity(),
            provider=provider or self.provider,
            messaging=self.messaging,
            subscriptions=self.channels,
        )
        return made

    # looking

    def look(self, work: Callable[..., Outcome], *arguments: Any, **named: Any) -> Outcome:
        """Return what an action says."""
        with self.db.reading() as session:
            return work(session, *arguments, **named)

    def payment(self, payment_id: str) -> Payment:
        """Return a payment's row."""
        return self.look(lambda session: session.get_one(Payment, payment_id))

    def count(self, table: type[Base], *conditions: Any) -> int:
        """Return how many rows there are."""
        return (
            self.look(lambda session: session.scalar(select(func.count()).select_from(table).where(*conditions))) or 0
        )

    def posted(self, kind: str) -> int:
        """Return how many transactions of a kind the ledger has."""
        return self.count(LedgerTransaction, LedgerTransaction.kind == kind)

    def held(self, account: str, currency: str = "EUR") -> int:
        """Return what an account holds, held money too."""
        return self.look(balance_of, account, currency).total

    def of(self, user_id: str) -> int:
        """Return what a person has."""
        return self.held(accounts.person(user_id))

    def may_read(self, user_id: str, post_id: str) -> bool:
        """Tell whether somebody has access to a post."""
        return bool(self.look(access_of, user_id, "post", [post_id]))

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the bodies of the events of that name that wait to be published, in their order."""
        table = Base.metadata.tables["outbox"]
        query = select(table.c.body).where(table.c.name.startswith(name)).order_by(table.c.enqueued_at, table.c.version)
        return [codec.decode(bytes(body)) for body in self.look(lambda session: session.scalars(query).all())]

    # doing

    def give(self, user_id: str, amount: int, currency: str = "EUR") -> None:
        """Put money on somebody's balance, as if it had come from the provider."""

        def work(session: Session) -> None:
            moves = [Move(accounts.PROVIDER, -amount), Move(accounts.person(user_id), amount)]
            post(session, kind="test", key=new_id(), cause=Cause("job", "test"), currency=currency, moves=moves)

        self.desk.write(work)

    def pay(self, amount: int = 1000, method: str = "card", key: str | None = None, **more: Any) -> PaymentView:
        """Let Ada begin to pay Bob."""
        arguments = {"conversation_id": self.chat, "payee_id": self.bob, "amount": amount, "currency": "EUR"}
        with keyed(self.ada, key):
            return self.service.create_payment(**{**arguments, "method": method, **more})

    def paid(self, amount: int = 1000, card: str = VISA, **more: Any) -> PaymentView:
        """Let Ada pay Bob by card, and the provider be asked about it."""
        return self.finish(self.pay(amount, **more), card)

    def finish(self, view: PaymentView, card: str = VISA) -> PaymentView:
        """Let the payer type a card in, come back, and look."""
        pay(str(view["action_url"]), card)
        return self.see(view["id"], view["payer_id"])

    def see(self, payment_id: str, user_id: str) -> PaymentView:
        """Return a payment as somebody sees it, after the provider was asked."""
        self.let_time_pass(payment_id)
        with keyed(user_id):
            return self.service.get_payment(payment_id=payment_id)

    def let_time_pass(self, payment_id: str) -> None:
        """Let the provider be asked about a payment again."""
        asked = update(Payment).where(Payment.id == payment_id)
        self.desk.write(lambda session: session.execute(asked.values(asked_at=Payment.asked_at - timedelta(hours=1))))

    def let_calls_be_due(self) -> None:
        """Let the worker make all waiting calls now."""
        self.desk.write(lambda session: session.execute(update(ProviderCall).values(next_attempt_at=func.now())))

    def tip_post(self, post_id: str, **more: Any) -> PaymentView:
        """Let Ada tip a post."""
        with keyed(self.ada):
            return self.service.create_tip(post_id=post_id, amount=500, currency="EUR", **more)

    def buy(
        self, post_id: str, method: str = "card", user_id: str | None = None, key: str | None = None
    ) -> PaymentView:
        """Let Ada, or somebody else, begin to buy a post."""
        with keyed(user_id or self.ada, key):
            return self.service.buy_post(post_id=post_id, method=method)

    def refund(self, payment_id: str, amount: int | None = None, *, by: str | None = None, **more: Any) -> Any:
        """Let Bob, or somebody else, give money back."""
        with keyed(by or self.bob):
            return self.service.create_refund(payment_id=payment_id, amount=amount, **more)

    def saved_card(self, user_id: str, card: str = VISA) -> str:
        """Let somebody save a card; return its id."""
        with keyed(user_id):
            pay(self.service.add_payment_method()["url"], card)
            return self.service.list_payment_methods()["items"][0]["id"]

    def work(self) -> int:
        """Let the worker make the calls that are due; return how many."""
        return calling.make_due(self.desk)

    # webhooks

    def quiet(self) -> None:
        """Wait until the provider has sent all its messages."""

        def over() -> bool:
            states = self.sandbox.call("GET", "/sandbox/deliveries").json()
            return not (states.get("waiting") or states.get("sending"))

        wait_for(over)

    def receive(self) -> int:
        """Hand all messages that came to the service, as the gateway does; return how many."""
        self.quiet()
        messages, self.receiver.messages[:] = list(self.receiver.messages), []
        with calling_as_service("gateway"):
            for message in messages:
                self.service.receive_webhook(body=message.body.decode(), signature=message.signature)
        return len(messages)

    def apply(self) -> int:
        """Let the worker apply what was received; return how many there were."""
        count = 0
        while batch := receiving.apply_due(self.desk):
            count += batch
        return count

    def hear(self) -> int:
        """Receive and apply all messages."""
        self.receive()
        return self.apply()


def refused(work: Callable[[], Any]) -> str:
    """Return the code by which a call is refused."""
    try:
        work()
    except ServiceError as error:
        return error.code
    return "done"
