"""Payments from people's balances, all of them into one creator's account.

Money comes into the payers' accounts by the ledger's own `post`, as the service's role: nobody could pay in as much
by card. What is measured goes all the way, through the gateway, with a key for each payment.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from bench.figures import Figure, Goal
from bench.ground import Ground
from bench.lane import Lane
from bench.load import ClosedLoop
from bench.people import Person
from bench.wire import Response
from stack import running

RATE = Goal(500, at_least=True)
P99_MS = Goal(100, at_least=False)
PAYERS = 32
AMOUNT, CURRENCY = 50, "EUR"
#: More than anybody pays in a run.
WALLET = 50_000_000


async def into_one_account(ground: Ground) -> None:
    """Measure payments of many people to one, and prove that each of them has arrived once."""
    people = await ground.people.first(PAYERS + 1)
    creator, payers = people[0], people[1:]
    rooms = [await ground.people.room("Paying", [payer, creator]) for payer in payers]
    books = Books(ground)
    books.fill(payers)
    before, acknowledged = books.balance(creator), [0]

    def take(_index: int, response: Response) -> None:
        acknowledged[0] += response.ok and response.json()["status"] == "succeeded"

    lanes = [Lane(ground.target, payer.source) for payer in payers]
    load = ClosedLoop(lanes, lambda index: _payment(ground, payers[index], rooms[index], creator), take)
    sample = await load.run(ground.size.seconds, ground.size.warm_up_s)
    ground.report.add(*sample.figures("payments.one_account", "payments/s", rate=RATE, p99=P99_MS))
    arrived = (books.balance(creator) - before) / AMOUNT
    note = f"{acknowledged[0]:,} acknowledged, {arrived:,.0f} arrived"
    # An answer that was lost on the way has arrived without being acknowledged; the other way round money is missing.
    missing = max(0.0, acknowledged[0] - arrived)
    ground.report.add(Figure("payments.missing", missing, "payments", Goal(0, at_least=False), note))
    findings = books.findings()
    if missing or findings:
        ground.report.problem(f"payments: {note}; {findings[:5]}")


def _payment(ground: Ground, payer: Person, room: str, creator: Person) -> bytes:
    body = {
        "conversation_id": room,
        "payee_id": creator.id,
        "amount": AMOUNT,
        "currency": CURRENCY,
        "method": "balance",
    }
    content = json.dumps(body).encode()
    head = ground.target.head("POST", "/payments", payer.token, len(content))
    return head.replace(b"\r\n\r\n", b"\r\nIdempotency-Key: %b\r\n\r\n" % uuid.uuid4().hex.encode()) + content


class Books:
    """The stack's ledger, as the service's own role reads and writes it."""

    def __init__(self, ground: Ground) -> None:
        from plumbing.database import transactions

        self._db = transactions(running.load(ground.run_dir).env("payments")["DATABASE_URL"])

    def fill(self, payers: list[Person]) -> None:
        """Give everybody a full wallet."""
        from svc_payments.ledger import accounts
        from svc_payments.ledger.posting import Cause, Move, post

        with self._db.transaction() as session:
            for payer in payers:
                moves = [Move(accounts.PROVIDER, -WALLET), Move(accounts.person(payer.id), WALLET)]
                cause = Cause("job", "bench")
                post(session, kind="bench", key=payer.id, cause=cause, currency=CURRENCY, moves=moves)

    def balance(self, person: Person) -> int:
        """Return what somebody holds."""
        from svc_payments.ledger import accounts
        from svc_payments.ledger.balances import balance_of

        with self._db.reading() as session:
            return balance_of(session, accounts.person(person.id), CURRENCY).total

    def findings(self) -> list[Any]:
        """Return what is wrong with the whole ledger."""
        from svc_payments.ledger.checking import check

        with self._db.reading() as session:
            return list(check(session))
