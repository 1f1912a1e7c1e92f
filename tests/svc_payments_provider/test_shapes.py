"""The shapes of Stripe's objects, by its own package's type hints: what the client reads, what the sandbox sends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from fixture_types import Open, Paid, Save
from sandbox_process import KEY, WEBHOOK_SECRET, Sandbox, send
from sparse import KINDS, Answering, fields_of, literals_of, may_be_missing, sparsest

from svc_payments.provider.base import NotOurs, ProviderAway
from svc_payments.provider.stripe_provider import StripeProvider

Serve = Callable[[dict[str, Any]], StripeProvider]
OURS = {"charla_installation": "charla", "payment_id": "payment-1", "payer_id": "user-1", "payout_id": "payout-1"}


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A provider to which Stripe answers as it is told here."""
    servers: list[Answering] = []

    def made(answers: dict[str, Any]) -> StripeProvider:
        servers.append(Answering(answers))
        return StripeProvider(KEY, WEBHOOK_SECRET, servers[-1].url, 2.0)

    yield made
    for server in servers:
        server.close()


def least(kind: str, **fields: Any) -> dict[str, Any]:
    """The sparsest object of a kind, but for some fields."""
    return {**sparsest(KINDS[kind]), **fields}


def listed(*data: dict[str, Any]) -> dict[str, Any]:
    return {"object": "list", "data": list(data), "has_more": False, "url": "/v1/x"}


# what the client reads


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"status": "succeeded"}, "succeeded"),
        ({"status": "processing"}, "processing"),
        ({"status": "requires_confirmation"}, "processing"),
        ({"status": "requires_capture"}, "processing"),
        ({"status": "a_new_one"}, "processing"),
        ({"status": "requires_action"}, "requires_action"),
        (
            {"status": "requires_action", "next_action": {"type": "use_stripe_sdk", "use_stripe_sdk": {}}},
            "requires_action",
        ),
        ({"status": "requires_payment_method"}, "failed"),
        ({"status": "requires_payment_method", "last_payment_error": {"type": "api_error"}}, "failed"),
        ({"status": "canceled"}, "canceled"),
    ],
)
def test_sparse_payments_are_read(serve: Serve, fields: dict[str, Any], status: str) -> None:
    provider = serve({"/v1/payment_intents/pi": least("payment_intent", metadata=OURS, **fields)})
    found = provider.fetch_payment(intent_id="pi")
    assert (found.status, found.payment_id, found.action_url, found.charge_id) == (status, "payment-1", None, None)


def test_a_payment_of_a_page_that_is_gone_has_failed(serve: Serve) -> None:
    intent = least("payment_intent", metadata={**OURS, "via": "page"}, status="requires_payment_method")
    provider = serve({"/v1/payment_intents/pi": intent, "/v1/checkout/sessions": listed()})
    assert provider.fetch_payment(intent_id="pi").status == "failed"


def test_a_payment_whose_latest_charge_was_refused_has_no_charge(serve: Serve) -> None:
    charge = least("charge", status="failed", paid=False)
    intent = least("payment_intent", metadata=OURS, status="requires_payment_method", latest_charge=charge)
    assert serve({"/v1/payment_intents/pi": intent}).fetch_payment(intent_id="pi").charge_id is None


def test_a_charge_whose_fee_is_not_known_yet_has_none(serve: Serve) -> None:
    charge = least("charge", paid=True, refunds=listed(least("refund", status="requires_action", amount=5)))
    intent = least("payment_intent", metadata=OURS, status="succeeded", amount_received=7, latest_charge=charge)
    found = serve({"/v1/payment_intents/pi": intent}).fetch_payment(intent_id="pi")
    assert (found.received, found.provider_fee, found.provider_fee_currency) == (7, None, None)
    assert [(one.status, one.payment_id) for one in found.refunds] == [("pending", "payment-1")]


def test_fees_may_be_of_another_currency(serve: Serve) -> None:
    fee = least("balance_transaction", fee=31, currency="usd")
    charge = least("charge", paid=True, balance_transaction=fee, refunds=listed())
    intent = least("payment_intent", metadata=OURS, status="succeeded", latest_charge=charge)
    found = serve({"/v1/payment_intents/pi": intent}).fetch_payment(intent_id="pi")
    assert (found.provider_fee, found.provider_fee_currency) == (31, "USD")


def test_sparse_pages_are_read(serve: Serve) -> None:
    ours = {**OURS, "via": "page"}
    provider = serve(
        {
            "/v1/checkout/sessions/open": least("checkout.session", metadata=ours, status="open", url="http://x"),
            "/v1/checkout/sessions/expired": least("checkout.session", metadata=ours, status="expired"),
            "/v1/checkout/sessions/saving": least("checkout.session", metadata=ours, mode="setup", status="open"),
            "/v1/checkout/sessions/foreign": least("checkout.session", status="open"),
        }
    )
    assert provider.fetch_payment(session_id="open").action_url == "http://x"
    assert provider.fetch_payment(session_id="expired").status == "expired"
    for session_id in ("saving", "foreign"):
        with pytest.raises(NotOurs):
            provider.fetch_payment(session_id=session_id)


@pytest.mark.parametrize("status", sorted(literals_of(fields_of(KINDS["dispute"])["status"])))
def test_sparse_disputes_are_read_in_each_status(serve: Serve, status: str) -> None:
    intent = least("payment_intent", metadata=OURS)
    provider = serve({"/v1/disputes/du": least("dispute", status=status, payment_intent=intent)})
    found = provider.fetch_dispute("du")
    ends = {"won": "won", "lost": "lost", "warning_closed": "won", "prevented": "won"}
    assert (found.status, found.withdrawn, found.fee) == (ends.get(status, "open"), False, 0)


def test_a_fee_that_is_given_back_with_a_dispute_costs_nothing(serve: Serve) -> None:
    moves = [
        least("balance_transaction", amount=-1000, fee=1500, currency="eur"),
        least("balance_transaction", amount=1000, fee=-1500, currency="eur"),
    ]
    intent = least("payment_intent", metadata=OURS)
    dispute = least("dispute", status="won", payment_intent=intent, balance_transactions=moves)
    found = serve({"/v1/disputes/du": dispute}).fetch_dispute("du")
    assert (found.withdrawn, found.reinstated, found.fee, found.fee_currency) == (True, True, 0, "EUR")


@pytest.mark.parametrize(
    ("status", "read"),
    [
        (None, "pending"),
        ("pending", "pending"),
        ("succeeded", "succeeded"),
        ("failed", "failed"),
        ("canceled", "failed"),
    ],
)
def test_sparse_refunds_are_read(serve: Serve, status: str | None, read: str) -> None:
    intent = least("payment_intent", metadata=OURS)
    found = serve({"/v1/refunds/re": least("refund", status=status, payment_intent=intent)}).fetch_refund("re")
    assert (found.status, found.payment_id, found.failure) == (read, "payment-1", None)


def test_refunds_and_disputes_of_a_payment_without_metadata_are_not_ours(serve: Serve) -> None:
    provider = serve({"/v1/refunds/re": least("refund"), "/v1/disputes/du": least("dispute", payment_intent="pi")})
    with pytest.raises(NotOurs):
        provider.fetch_refund("re")
    with pytest.raises(NotOurs):
        provider.fetch_dispute("du")


def test_sparse_accounts_and_transfers_are_read(serve: Serve) -> None:
    due = {"currently_due": ["a", "b"], "past_due": ["b"]}
    active = {"transfers": "active"}
    provider = serve(
        {
            "/v1/accounts/bare": least("account", metadata=OURS),
            "/v1/accounts/due": least("account", metadata=OURS, requirements=due, capabilities=active),
            "/v1/accounts/ready": least("account", metadata=OURS, capabilities=active, payouts_enabled=True),
            "/v1/transfers/tr": least("transfer", metadata=OURS, reversed=True),
        }
    )
    assert not provider.fetch_account("bare").ready
    assert (provider.fetch_account("due").ready, provider.fetch_account("due").missing) == (False, ("a", "b"))
    assert provider.fetch_account("ready").ready
    assert provider.fetch_transfer("tr").status == "reversed"


def test_an_answer_that_is_no_json_object_is_no_answer(serve: Serve) -> None:
    with pytest.raises(ProviderAway):
        serve({}).fetch_transfer("tr")


# what the sandbox sends


@pytest.fixture
def sent(
    sandbox: Sandbox, provider: StripeProvider, customer: str, paid: Paid, saved: Save, open_page: Open, account: str
) -> list[Any]:
    """Objects of all kinds, as the sandbox shows them."""
    payment = paid(customer_id=customer, save_card=True)
    refused = open_page()
    send(refused.url, shortcut="4000000000000002")
    asked = open_page()
    send(asked.url, shortcut="4000002500003155")
    saved("4242424242424242")
    assert payment.intent_id is not None
    refund = provider.refund(call_id=uuid4().hex, intent_id=payment.intent_id, amount=10, metadata={})
    sandbox.control(f"refunds/{refund.refund_id}/fail")
    dispute = sandbox.control("disputes", payment_intent=payment.intent_id)
    sandbox.control(f"disputes/{dispute['id']}/close", status="won")
    transfer = provider.transfer(call_id=uuid4().hex, payout_id="p", account_id=account, amount=10, currency="EUR")
    sandbox.control(f"transfers/{transfer.transfer_id}/reverse", amount=4)
    found = [
        sandbox.call("GET", f"/v1/accounts/{account}").json(),
        sandbox.call("GET", f"/v1/customers/{customer}").json(),
    ]
    for path, fields in (
        ("balance_transactions", {}),
        ("charges", {}),
        ("checkout/sessions", {}),
        ("disputes", {}),
        ("events", {}),
        ("payment_intents", {}),
        ("payment_methods", {"customer": customer}),
        ("refunds", {}),
        ("transfers", {}),
        (f"transfers/{transfer.transfer_id}/reversals", {}),
    ):
        found += sandbox.call("GET", f"/v1/{path}", {"limit": 20, **fields}).json()["data"]
    setups = [one["setup_intent"] for one in found if one["object"] == "checkout.session" and one["setup_intent"]]
    return [*found, sandbox.call("GET", f"/v1/setup_intents/{setups[0]}").json()]


def test_the_sandbox_sends_objects_of_stripes_shapes(sent: list[Any]) -> None:
    assert {one["object"] for one in sent} == set(KINDS)
    for thing in sent:
        hints = fields_of(KINDS[thing["object"]])
        name = thing["object"]
        assert not thing.keys() - hints.keys(), f"{name} has no such fields"
        needed = {field for field, hint in hints.items() if not may_be_missing(hint)}
        assert not needed - thing.keys(), f"{name} always has these"
        for field, value in thing.items():
            assert value is not None or may_be_missing(hints[field]), f"{name}.{field} is never null"
            known = literals_of(hints[field])
            if isinstance(value, str) and known:
                assert value in known, f"{name}.{field} is never {value}"
