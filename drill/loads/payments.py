"""Payers: money from their balances to creators, in a chat and as tips, each under one key until it is answered."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections import Counter
from collections.abc import Sequence
from time import monotonic
from typing import Any

from bench.ledger import read_history
from bench.people import People, Person
from bench.wire import Response
from drill.client import Client
from drill.finding import Finding
from drill.loads.load import now_and_then, together
from drill.promises.payments import Money, PaymentHistory, Posted, Receipt, StoredPayment, Wish, check_payments
from stack.running import RunningStack

CURRENCY = "EUR"
#: More than anybody pays in the hours that a drill may take.
WALLET = 10_000_000
PAUSE_S = 0.6
REPEAT = 0.2
SHOWN_S = 60.0
PAGE = 100


class Payments:
    """Some people who pay, and creators who are paid.

    Args:
        stack: Whose ledger it is.
        people: Refreshes tokens.
        payers: Who pays.
        creators: Who is paid.
        seed: Makes the load reproducible.
    """

    name = "payments"

    def __init__(
        self, stack: RunningStack, people: People, payers: Sequence[Person], creators: Sequence[Person], seed: str
    ) -> None:
        self.history = PaymentHistory()
        self._books = Books(stack)
        self._people = people
        self._creators = creators
        self._dice = {each.id: random.Random(f"{seed}.{number}") for number, each in enumerate(payers)}
        self._clients = [Client(people, each, self._dice[each.id]) for each in payers]
        self._rooms: dict[str, str] = {}

    @property
    def done(self) -> int:
        """How many answers said that a payment was made."""
        return len(self.history.receipts)

    async def open(self) -> None:
        """Make a conversation for each payer with all creators, and fill the wallets."""
        for client in self._clients:
            who = client.person
            self._rooms[who.id] = await self._people.room("Paying", [who, *self._creators])
            await asyncio.to_thread(self._books.give, who.id, WALLET)
            self.history.wallets[who.id] = WALLET

    async def run(self, stop: asyncio.Event) -> None:
        """Pay until `stop`."""
        await together(*(self._pay_on(client, stop) for client in self._clients))

    async def _pay_on(self, client: Client, stop: asyncio.Event) -> None:
        dice = self._dice[client.person.id]
        while await now_and_then(stop, dice, PAUSE_S):
            wish = self._wish(client.person, dice)
            await self._pay(client, wish, tip=dice.random() < 0.5)  # noqa: PLR2004

    def _wish(self, payer: Person, dice: random.Random) -> Wish:
        key = str(uuid.UUID(int=dice.getrandbits(128), version=4))
        wish = Wish(key, payer.id, dice.choice(self._creators).id, dice.randrange(50, 200))
        self.history.wishes[key] = wish
        return wish

    async def _pay(self, client: Client, wish: Wish, *, tip: bool) -> None:
        times = 2 if self._dice[wish.payer].random() < REPEAT else 1
        for _ in range(times):
            self._take(wish, await self._ask(client, wish, tip=tip))

    async def _ask(self, client: Client, wish: Wish, *, tip: bool) -> Response:
        body: dict[str, Any] = {
            "conversation_id": self._rooms[wish.payer], "amount": wish.amount, "currency": CURRENCY,
            "note": wish.key, "method": "balance", ("user_id" if tip else "payee_id"): wish.payee,
        }  # fmt: skip
        return await client.insist("POST", "/tips" if tip else "/payments", body, {"Idempotency-Key": wish.key})

    def _take(self, wish: Wish, answer: Response) -> None:
        if answer.ok and answer.json()["status"] == "succeeded":
            self.history.receipts.append(Receipt(wish.key, answer.json()["id"]))
        else:
            self.history.refused.add(wish.key)

    async def findings(self) -> list[Finding]:
        """Compare what was told with what the payers see and what the ledger has."""
        payments = [payment for client in self._clients for payment in await self._stored(client)]
        money = await asyncio.to_thread(self._books.read, [payment.id for payment in payments], self._rooms)
        money.payments = payments
        money.shown = await self._shown(len(payments))
        return check_payments(self.history, money)

    async def _stored(self, client: Client) -> list[StoredPayment]:
        found: list[StoredPayment] = []
        cursor = ""
        while True:
            page = (await client.insist("GET", f"/payments?limit={PAGE}{cursor}")).json()
            found += [
                StoredPayment(
                    each["id"], each["payer_id"], each["payee_id"], each["amount"], each["note"], each["status"]
                )
                for each in page["items"]
            ]
            if not page["next"]:
                return found
            cursor = f"&after={page['next']}"

    async def _shown(self, wanted: int) -> Counter[str]:
        """Return how often each payment is shown; payments are told by events, which may still be on their way."""
        deadline = monotonic() + SHOWN_S
        while True:
            shown: Counter[str] = Counter()
            for client in self._clients:
                messages = await read_history(client.person, self._rooms[client.person.id])
                shown.update(each["payment"]["id"] for each in messages if each.get("kind") == "payment")
            if len(shown) >= wanted or monotonic() > deadline:
                return shown
            await asyncio.sleep(1.0)

    def summary(self) -> str:
        """Return in a line what was done."""
        paid = len({receipt.key for receipt in self.history.receipts})
        retries = sum(client.retries for client in self._clients)
        return (
            f"{len(self.history.wishes):,} payments wanted, {paid:,} acknowledged ({self.done:,} answers),"
            f" {len(self.history.refused)} refused, {retries:,} retries"
        )

    def leave(self) -> None:
        """Close all connections."""
        for client in self._clients:
            client.leave()


class Books:
    """The stack's ledger, as the service's own role reads and writes it.

    Args:
        stack: Whose ledger it is.
    """

    def __init__(self, stack: RunningStack) -> None:
        from plumbing.database import transactions

        self._db = transactions(stack.env("payments")["DATABASE_URL"], 1)

    def give(self, user_id: str, amount: int) -> None:
        """Put money into somebody's wallet that can be spent at once, as none from a card can."""
        from svc_payments.ledger import accounts
        from svc_payments.ledger.posting import Cause, Move, post

        moves = [Move(accounts.PROVIDER, -amount), Move(accounts.person(user_id), amount)]
        with self._db.transaction() as session:
            post(session, kind="drill", key=user_id, cause=Cause("job", "drill"), currency=CURRENCY, moves=moves)

    def read(self, payment_ids: Sequence[str], payers: Sequence[str] | dict[str, str]) -> Money:
        """Return what the ledger has of these payments and payers, and what is wrong with all of it."""
        from sqlalchemy import text

        from svc_payments.ledger.checking import check

        with self._db.reading() as session:
            own = [f"{each.rule} {each.where}: {each.detail}" for each in check(session)]
        with self._db.reading() as session:
            lines = session.execute(text(_LINES), {"ids": list(payment_ids)})
            sums = session.execute(text("SELECT currency, sum(amount) FROM ledger_entries GROUP BY currency"))
            held = session.execute(text(_HELD), {"accounts": [f"person:{each}" for each in payers]})
            return Money(
                lines=[Posted(str(row[0]), str(row[1]), row[2], int(row[3])) for row in lines],
                sums={row[0]: int(row[1]) for row in sums},
                balances={row[0].partition(":")[2]: int(row[1]) for row in held},
                own=own,
            )


_LINES = """
SELECT posted.payment_id, posted.id, entry.account_id, entry.amount
FROM ledger_transactions AS posted JOIN ledger_entries AS entry ON entry.transaction_id = posted.id
WHERE posted.payment_id = ANY (CAST(:ids AS uuid[]))
"""
_HELD = "SELECT account_id, sum(amount) FROM ledger_entries WHERE account_id = ANY (:accounts) GROUP BY account_id"
