"""What the sandbox answers to calls that our client would not make."""

from __future__ import annotations

import base64
from uuid import uuid4

import pytest
import requests
from fixture_types import Open, Paid
from sandbox_process import KEY, Sandbox


def test_calls_without_the_key_are_refused(sandbox: Sandbox) -> None:
    for headers in ({}, {"Authorization": "Bearer sk_test_other"}, {"Authorization": "Basic ???"}):
        answer = requests.get(f"{sandbox.url}/v1/balance", headers=headers, timeout=60)
        assert answer.status_code == 401
        assert answer.json()["error"]["type"] == "invalid_request_error"
        assert requests.post(f"{sandbox.url}/sandbox/calm", headers=headers, timeout=60).status_code == 401


def test_the_key_may_come_as_basic_authentication(sandbox: Sandbox) -> None:
    headers = {"Authorization": f"Basic {base64.b64encode(f'{KEY}:'.encode()).decode()}"}
    assert requests.get(f"{sandbox.url}/v1/balance", headers=headers, timeout=60).status_code == 200


def test_answers_are_replayed_and_say_so(sandbox: Sandbox) -> None:
    key = uuid4().hex
    first = sandbox.call("POST", "/v1/customers", {"metadata[a]": "b"}, Idempotency_Key=key)
    again = sandbox.call("POST", "/v1/customers", {"metadata[a]": "b"}, Idempotency_Key=key)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (again.json(), again.headers["Request-Id"]) == (first.json(), first.headers["Request-Id"])
    other = sandbox.call("POST", "/v1/customers", {"metadata[a]": "c"}, Idempotency_Key=key)
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")


def test_a_call_that_was_not_understood_may_be_mended_under_its_key(sandbox: Sandbox) -> None:
    key = uuid4().hex
    assert sandbox.call("POST", "/v1/customers", {"unknown": "x"}, Idempotency_Key=key).status_code == 400
    assert sandbox.call("POST", "/v1/customers", {}, Idempotency_Key=key).status_code == 200


@pytest.mark.parametrize(
    ("path", "fields", "code"),
    [
        ("/v1/customers", {"nme": "x"}, "parameter_unknown"),
        ("/v1/customers", {"metadata[a][b]": "x"}, None),
        ("/v1/transfers", {"amount": "ten", "currency": "eur"}, "parameter_invalid_integer"),
        ("/v1/transfers", {"currency": "eur"}, "parameter_missing"),
        ("/v1/checkout/sessions", {"mode": "subscription"}, None),
        ("/v1/checkout/sessions", {"mode": "setup", "customer": "cus_nobody"}, "resource_missing"),
        ("/v1/account_links", {"account": "acct_nobody"}, "resource_missing"),
        ("/v1/customers", {"expand[]": "nothing"}, None),
    ],
)
def test_wrong_parameters_are_refused(sandbox: Sandbox, path: str, fields: dict[str, str], code: str | None) -> None:
    answer = sandbox.call("POST", path, fields)
    assert answer.status_code == (404 if code == "resource_missing" else 400)
    assert answer.json()["error"].get("code") == code


def test_pages_lead_to_the_web_only(sandbox: Sandbox) -> None:
    customer = sandbox.call("POST", "/v1/customers").json()["id"]
    fields = {"mode": "setup", "customer": customer, "success_url": "javascript:alert(1)"}
    answer = sandbox.call("POST", "/v1/checkout/sessions", fields)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "url_invalid")


def test_unknown_calls_and_objects_are_said_to_be_so(sandbox: Sandbox) -> None:
    assert sandbox.call("GET", "/v1/invoices").status_code == 404
    answer = sandbox.call("GET", "/v1/refunds/re_nothing")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "resource_missing")


def test_the_balance_is_the_sum_of_its_movements(sandbox: Sandbox, paid: Paid) -> None:
    def held() -> int:
        found = sandbox.call("GET", "/v1/balance").json()["available"]
        return int(next(one["amount"] for one in found if one["currency"] == "gbp"))

    paid(currency="GBP")
    before = held()
    payment = paid(currency="GBP", amount=2000)
    assert held() - before == 2000 - (30 + 25)
    sandbox.control("disputes", payment_intent=payment.intent_id)
    assert held() - before == -(30 + 25) - 1500
    charge = sandbox.call("GET", f"/v1/charges/{payment.charge_id}", {"expand[]": "balance_transaction"}).json()
    assert (charge["balance_transaction"]["fee"], charge["disputed"]) == (55, True)
    movement = sandbox.call("GET", f"/v1/balance_transactions/{charge['balance_transaction']['id']}").json()
    assert movement == charge["balance_transaction"]
    moved = sandbox.call("GET", "/v1/balance_transactions", {"source": payment.charge_id}).json()["data"]
    assert moved == [movement]


def test_what_is_the_sandboxs_own_is_not_shown(sandbox: Sandbox, open_page: Open, paid: Paid) -> None:
    payment = paid()
    for path in (
        f"/v1/payment_intents/{payment.intent_id}",
        f"/v1/payment_methods/{payment.method_id}",
        f"/v1/checkout/sessions/{open_page().session_id}",
    ):
        assert not [name for name in sandbox.call("GET", path).json() if name.startswith("_")]


def test_transfers_are_reversed_by_the_api_too(sandbox: Sandbox, account: str) -> None:
    made = sandbox.call("POST", "/v1/transfers", {"amount": 100, "currency": "eur", "destination": account}).json()
    path = f"/v1/transfers/{made['id']}/reversals"
    reversal = sandbox.call("POST", path, {"amount": 40}).json()
    assert sandbox.call("GET", path).json()["data"] == [reversal]
    assert sandbox.call("GET", f"/v1/transfers/{made['id']}").json()["amount_reversed"] == 40
    assert sandbox.call("POST", path, {"amount": 61}).status_code == 400
