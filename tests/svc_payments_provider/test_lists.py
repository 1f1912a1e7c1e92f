from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import requests
from fixture_types import Open, Paid
from sandbox_process import KEY, WEBHOOK_SECRET, Sandbox, pay

from svc_payments.provider.stripe_provider import StripeProvider


@pytest.fixture
def since() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=5)


def test_payments_are_listed_whole(
    sandbox: Sandbox, provider: StripeProvider, since: datetime, paid: Paid, open_page: Open
) -> None:
    first = paid(payment_id="payment-1")
    assert first.intent_id is not None
    provider.refund(call_id=uuid4().hex, intent_id=first.intent_id, amount=100, metadata={})
    second = paid(payment_id="payment-2")
    sandbox.control("disputes", payment_intent=second.intent_id)
    tried = open_page(payment_id="payment-3")
    requests.post(tried.url, data={"shortcut": "4000000000000002"}, timeout=60)
    open_page(payment_id="payment-4")  # nobody has tried to pay it: there is nothing to list
    found = list(provider.list_payments(since))
    assert [one.payment_id for one in found] == ["payment-3", "payment-2", "payment-1"]
    assert [one.status for one in found] == ["requires_action", "succeeded", "succeeded"]
    assert found[0].action_url == tried.url
    assert found[1] == provider.fetch_payment(intent_id=second.intent_id)
    assert found[1].dispute is not None
    assert found[2] == provider.fetch_payment(intent_id=first.intent_id)
    assert [one.amount for one in found[2].refunds] == [100]


def test_lists_go_on_over_pages(provider: StripeProvider, since: datetime, account: str) -> None:
    made = [
        provider.transfer(
            call_id=uuid4().hex, payout_id=f"payout-{place}", account_id=account, amount=1, currency="USD"
        ).transfer_id
        for place in range(103)
    ]
    assert [one.transfer_id for one in provider.list_transfers(since)] == made[::-1]


def test_lists_leave_out_what_is_older_and_what_is_not_ours(
    sandbox: Sandbox, provider: StripeProvider, since: datetime, paid: Paid, account: str
) -> None:
    payment = paid()
    assert payment.intent_id is not None
    provider.refund(call_id=uuid4().hex, intent_id=payment.intent_id, amount=100, metadata={})
    sandbox.control("disputes", payment_intent=payment.intent_id)
    provider.transfer(call_id=uuid4().hex, payout_id="payout", account_id=account, amount=1, currency="USD")
    neighbour = StripeProvider(KEY, WEBHOOK_SECRET, sandbox.url, 2.0, installation="neighbour")
    later = datetime.now(UTC) + timedelta(minutes=1)
    for name in ("list_payments", "list_refunds", "list_disputes", "list_transfers"):
        assert len(list(getattr(provider, name)(since))) == 1
        assert list(getattr(provider, name)(later)) == []
        assert list(getattr(neighbour, name)(since)) == []


def test_refunds_and_disputes_name_their_payment(
    sandbox: Sandbox, provider: StripeProvider, since: datetime, paid: Paid
) -> None:
    payment = paid(payment_id="payment-5")
    sandbox.call("POST", "/v1/refunds", {"payment_intent": payment.intent_id, "amount": 100})
    sandbox.control("disputes", payment_intent=payment.intent_id)
    assert [one.payment_id for one in provider.list_refunds(since)] == ["payment-5"]
    assert [one.payment_id for one in provider.list_disputes(since)] == ["payment-5"]


def test_the_sandbox_pages_both_ways(sandbox: Sandbox, open_page: Open) -> None:
    made = [open_page().session_id for _ in range(5)]
    for session_id in made:
        pay(f"{sandbox.url}/c/{session_id}")

    def page(**fields: object) -> tuple[list[str], bool]:
        found = sandbox.call("GET", "/v1/checkout/sessions", fields).json()
        assert found["object"] == "list"
        return [one["id"] for one in found["data"]], found["has_more"]

    assert page(limit=2) == ([made[4], made[3]], True)
    assert page(limit=2, starting_after=made[3])[0] == [made[2], made[1]]
    assert page(limit=2, ending_before=made[2]) == ([made[4], made[3]], False)
    assert page(limit=2, ending_before=made[1])[0] == [made[3], made[2]]
    refused = sandbox.call("GET", "/v1/checkout/sessions", {"limit": 101})
    assert refused.status_code == 400
