from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from fixture_types import Open, Paid
from sandbox_process import KEY, WEBHOOK_SECRET, Sandbox, free_port

from svc_payments.provider.base import ProviderAway, ProviderRefused
from svc_payments.provider.stripe_provider import StripeProvider

#: Ways to fail, each for both of the client's own tries.
TROUBLE = [
    {"how": "error", "moment": "before", "count": 1},  # which the sandbox asks not to repeat
    {"how": "error", "moment": "after", "count": 1},
    {"how": "drop", "moment": "before", "count": 2},
    {"how": "drop", "moment": "after", "count": 2},
    {"how": "timeout", "moment": "before", "count": 2, "seconds": 3},
    {"how": "timeout", "moment": "after", "count": 2, "seconds": 3},
    {"how": "busy", "count": 1},
]


def transfers_of(sandbox: Sandbox, payout_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sandbox.call("GET", "/v1/transfers", {"transfer_group": payout_id}).json()["data"]
    return found


@pytest.mark.parametrize("trouble", TROUBLE, ids=lambda found: f"{found['how']}-{found.get('moment', '')}")
def test_a_call_whose_answer_is_lost_is_made_once(
    sandbox: Sandbox, provider: StripeProvider, account: str, trouble: dict[str, Any]
) -> None:
    payout_id, call_id = uuid4().hex, uuid4().hex

    def send() -> str:
        return provider.transfer(
            call_id=call_id, payout_id=payout_id, account_id=account, amount=10, currency="EUR"
        ).transfer_id

    sandbox.control("calls", path="/v1/transfers", method="POST", **trouble)
    with pytest.raises(ProviderAway):
        send()
    done = 1 if trouble.get("moment") == "after" else 0
    assert len(transfers_of(sandbox, payout_id)) == done
    made = send()
    assert [one["id"] for one in transfers_of(sandbox, payout_id)] == [made]


@pytest.mark.parametrize("how", ["drop", "timeout"])
def test_one_lost_answer_is_asked_for_again_by_the_client(
    sandbox: Sandbox, provider: StripeProvider, account: str, how: str
) -> None:
    payout_id = uuid4().hex
    sandbox.control("calls", path="/v1/transfers", method="POST", how=how, moment="after", seconds=3)
    provider.transfer(call_id=uuid4().hex, payout_id=payout_id, account_id=account, amount=10, currency="EUR")
    assert len(transfers_of(sandbox, payout_id)) == 1


def test_an_error_that_stays_under_its_key_is_found_by_the_list(
    sandbox: Sandbox, provider: StripeProvider, account: str
) -> None:
    call_id = uuid4().hex
    sandbox.control("calls", path="/v1/transfers", how="stuck")
    for _ in range(2):
        with pytest.raises(ProviderAway):
            provider.transfer(call_id=call_id, payout_id="stuck", account_id=account, amount=10, currency="EUR")
    found = list(provider.list_transfers(datetime.now(UTC) - timedelta(minutes=5)))
    assert [one.payout_id for one in found] == ["stuck"]


def test_a_refusal_is_told_with_its_code(sandbox: Sandbox, provider: StripeProvider, account: str) -> None:
    sandbox.control("calls", path="/v1/transfers", how="refuse", code="balance_insufficient")
    with pytest.raises(ProviderRefused) as refused:
        provider.transfer(call_id=uuid4().hex, payout_id="payout", account_id=account, amount=10, currency="EUR")
    assert refused.value.code == "balance_insufficient"


def test_a_lost_answer_to_a_closing_page_is_asked_for_again(
    sandbox: Sandbox, provider: StripeProvider, open_page: Open
) -> None:
    page = open_page()
    sandbox.control("calls", path="/v1/checkout/sessions/", method="POST", how="error", moment="after")
    with pytest.raises(ProviderAway):
        provider.expire_checkout(page.session_id)
    assert provider.expire_checkout(page.session_id).status == "expired"


def test_a_refusal_that_was_lost_is_told_again(sandbox: Sandbox, provider: StripeProvider, paid: Paid) -> None:
    payment = paid()
    assert payment.intent_id is not None
    sandbox.control("calls", path="/v1/refunds", how="error", moment="before")
    with pytest.raises(ProviderAway):
        provider.refund(call_id="c-" + payment.intent_id, intent_id=payment.intent_id, amount=2000, metadata={})
    with pytest.raises(ProviderRefused):
        provider.refund(call_id="c-" + payment.intent_id, intent_id=payment.intent_id, amount=2000, metadata={})


def test_a_provider_that_does_not_listen_is_away_soon() -> None:
    provider = StripeProvider(KEY, WEBHOOK_SECRET, f"http://127.0.0.1:{free_port()}", 2.0)
    began = time.monotonic()
    with pytest.raises(ProviderAway):
        provider.make_customer(call_id="call", user_id="user")
    assert time.monotonic() - began < 30


def test_a_wrong_key_says_nothing_of_a_payment(sandbox: Sandbox, paid: Paid) -> None:
    provider = StripeProvider("sk_test_wrong", WEBHOOK_SECRET, sandbox.url, 2.0)
    with pytest.raises(ProviderAway):
        provider.fetch_payment(intent_id=paid().intent_id)
