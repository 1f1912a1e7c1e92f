"""Money of a test, which moves through the provider's sandbox and its page."""

from __future__ import annotations

import time
import uuid
from typing import Any

from channels import done
from client import Person
from media_people import eventually

from tests.svc_payments_provider.sandbox_process import pay as use_card


def keyed(key: str | None = None) -> dict[str, str]:
    """Return the header by which a call moves money once."""
    return {"Idempotency-Key": key or str(uuid.uuid4())}


def begin(person: Person, path: str, body: Any = None) -> Any:
    """Begin something that costs money; return what it is answered."""
    reply = person.ask("POST", path, body or {}, headers=keyed())
    assert reply.status == 201, reply.raw
    return reply.json


def settled(person: Person, payment_id: str, status: str = "succeeded", seconds: float = 15.0) -> Any:
    """Wait until a payment is what it should become, and return it."""
    path = f"/v1/payments/{payment_id}"
    eventually(lambda: done(person, "GET", path)["status"] == status, seconds)
    return done(person, "GET", path)


def pay(person: Person, path: str, body: Any = None) -> Any:
    """Pay by card, to the end; return the payment."""
    begun = begin(person, path, body)
    payment = begun.get("payment", begun)
    assert payment["status"] == "requires_action", payment
    use_card(payment["action_url"])
    return settled(person, payment["id"])


def until(look: Any, seconds: float) -> float:
    """Return how many seconds it took until `look` was true; fail when that takes longer than `seconds`."""
    began = time.monotonic()
    while not look():
        assert time.monotonic() - began < seconds, "it did not come true in time"
        time.sleep(0.05)
    return time.monotonic() - began
