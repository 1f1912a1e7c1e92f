"""Money through the provider's sandbox: what people type on its page, and what becomes of it."""

from __future__ import annotations

import os
import secrets
from typing import Any

import requests

from plumbing.database import transactions
from stack.running import load
from svc_payments.ledger import accounts
from svc_payments.ledger.posting import Cause, Move, post
from tests.e2e.people import Person, eventually
from tests.svc_payments_provider.sandbox_process import send

CARD, PROVED, DECLINED = "4242424242424242", "4000002500003155", "4000000000000002"


def begin(person: Person, path: str, body: Any = None, key: str | None = None) -> Any:
    """Begin something that costs money, once for each key, and return what it is answered."""
    headers = {"Authorization": f"Bearer {person.token}", "Idempotency-Key": key or secrets.token_hex(8)}
    answer = requests.post(f"{person.url}/v1{path}", json=body or {}, headers=headers, timeout=60)
    assert answer.status_code == 201, answer.text
    return answer.json()


def use_card(url: str, card: str = CARD) -> int:
    """Choose a card on the provider's page, answer the bank's question with yes, and return the last status."""
    answer = send(url, shortcut=card)
    if "/3ds/" in answer.headers.get("Location", ""):
        answer = send(answer.headers["Location"], answer="complete")
    return answer.status_code


def settle(person: Person, payment: Any, status: str = "succeeded") -> Any:
    """Wait until a payment is what it should become, and return it."""
    path = f"/payments/{payment['id']}"
    eventually(lambda: person.get(path)["status"] == status)
    return person.get(path)


def pay(person: Person, path: str, body: Any = None, card: str = CARD) -> Any:
    """Pay by card, to the end, and return the payment."""
    begun = begin(person, path, body)
    payment = begun.get("payment", begun)
    assert payment["status"] == "requires_action", payment
    assert use_card(payment["action_url"], card) == 303
    return settle(person, payment)


def give(person: Person, amount: int) -> None:
    """Put money on somebody's balance that can be spent at once, as no card can: the service's own role posts it."""
    db = transactions(load(os.environ.get("CHARLA_RUN_DIR")).env("payments")["DATABASE_URL"], 1)
    moves = [Move(accounts.PROVIDER, -amount), Move(accounts.person(person.id), amount)]
    with db.transaction() as session:
        post(session, kind="test", key=secrets.token_hex(8), cause=Cause("job", "test"), currency="EUR", moves=moves)
