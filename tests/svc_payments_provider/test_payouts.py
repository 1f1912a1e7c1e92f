from __future__ import annotations

from uuid import uuid4

import pytest
import requests
from sandbox_process import BACK, KEY, WEBHOOK_SECRET, Sandbox, send

from svc_payments.provider.base import NotOurs, ProviderRefused, TransferSnapshot
from svc_payments.provider.stripe_provider import StripeProvider


def send_money(provider: StripeProvider, account: str, amount: int = 5000, call_id: str = "") -> TransferSnapshot:
    return provider.transfer(
        call_id=call_id or uuid4().hex, payout_id="payout-1", account_id=account, amount=amount, currency="EUR"
    )


def test_an_account_becomes_ready_by_its_owners_answers(sandbox: Sandbox, provider: StripeProvider) -> None:
    account = provider.make_account(call_id="account-1", user_id="user-2", country="ES")
    assert provider.make_account(call_id="account-1", user_id="user-2", country="ES") == account
    found = provider.fetch_account(account)
    assert (found.ready, found.country, found.user_id) == (False, "ES", "user-2")
    assert "external_account" in found.missing
    with pytest.raises(ProviderRefused) as refused:
        send_money(provider, account)
    assert refused.value.code == "insufficient_capabilities_for_transfer"

    page = provider.onboarding_url(account, BACK)
    assert "(ES)" in requests.get(page, timeout=60).text
    assert send(page, answer="later").headers["Location"] == BACK
    found = provider.fetch_account(account)
    assert (found.ready, found.missing) == (False, ("external_account",))
    assert requests.get(page, timeout=60).status_code == 410  # a page works once

    assert send(provider.onboarding_url(account, BACK), answer="complete").headers["Location"] == BACK
    found = provider.fetch_account(account)
    assert (found.ready, found.missing) == (True, ())


def test_countries_without_payouts_are_refused(provider: StripeProvider) -> None:
    with pytest.raises(ProviderRefused) as refused:
        provider.make_account(call_id=uuid4().hex, user_id="user-2", country="AQ")
    assert refused.value.code == "country_unsupported"


def test_money_is_sent_once_for_one_call(provider: StripeProvider, account: str) -> None:
    first = send_money(provider, account, call_id=f"call-{account}")
    assert send_money(provider, account, call_id=f"call-{account}") == first
    assert (first.payout_id, first.account_id, first.amount, first.currency) == ("payout-1", account, 5000, "EUR")
    assert (first.status, first.amount_reversed) == ("paid", 0)
    assert provider.fetch_transfer(first.transfer_id) == first


def test_a_transfer_comes_back_in_parts(sandbox: Sandbox, provider: StripeProvider, account: str) -> None:
    made = send_money(provider, account)
    sandbox.control(f"transfers/{made.transfer_id}/reverse", amount=2000)
    found = provider.fetch_transfer(made.transfer_id)
    assert (found.status, found.amount_reversed) == ("paid", 2000)
    sandbox.control(f"transfers/{made.transfer_id}/reverse")
    found = provider.fetch_transfer(made.transfer_id)
    assert (found.status, found.amount_reversed) == ("reversed", 5000)


def test_more_than_the_platform_has_cannot_be_sent(sandbox: Sandbox, provider: StripeProvider, account: str) -> None:
    sandbox.control("balance", currency="mxn", amount=100)
    with pytest.raises(ProviderRefused) as refused:
        provider.transfer(call_id=uuid4().hex, payout_id="payout-2", account_id=account, amount=101, currency="MXN")
    assert refused.value.code == "balance_insufficient"


def test_accounts_and_transfers_of_others_are_left_alone(
    sandbox: Sandbox, provider: StripeProvider, account: str
) -> None:
    neighbour = StripeProvider(KEY, WEBHOOK_SECRET, sandbox.url, 2.0, installation="neighbour")
    with pytest.raises(NotOurs):
        neighbour.fetch_account(account)
    with pytest.raises(NotOurs):
        neighbour.fetch_transfer(send_money(provider, account).transfer_id)
