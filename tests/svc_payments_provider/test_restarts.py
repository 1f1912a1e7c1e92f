from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sandbox_process import BACK, KEY, WEBHOOK_SECRET, Receiver, Sandbox, pay, wait_for

from svc_payments.provider.stripe_provider import StripeProvider


@pytest.fixture
def mortal(receiver: Receiver, tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox that this test may end."""
    found = Sandbox(tmp_path, receiver.url)
    found.start()
    yield found
    found.stop()


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_all_state_outlives_the_process(mortal: Sandbox, receiver: Receiver, how: signal.Signals) -> None:
    provider = StripeProvider(KEY, WEBHOOK_SECRET, mortal.url, 2.0)
    payment_id = uuid4().hex

    def open_it() -> str:
        return provider.open_checkout(
            call_id="call",
            payment_id=payment_id,
            payer_id="user",
            customer_id=None,
            amount=1000,
            currency="EUR",
            title="A tip",
            return_url=BACK,
        ).session_id

    session_id = open_it()
    receiver.refusing = 10**6
    pay(f"{mortal.url}/c/{session_id}")
    mortal.stop(how)
    receiver.refusing = 0
    mortal.start()

    assert open_it() == session_id  # the answer under its key is still known
    assert provider.fetch_payment(session_id=session_id).status == "succeeded"
    seen = {"charge.succeeded", "checkout.session.completed", "payment_intent.created", "payment_intent.succeeded"}

    def told() -> set[str]:
        found = [provider.read_webhook(message.body, message.signature) for message in list(receiver.messages)]
        return {one.type for one in found if one.metadata.get("payment_id") == payment_id}

    wait_for(lambda: told() == seen)
