"""Which calls the sandbox knows: Stripe's paths, and who answers them."""

from __future__ import annotations

from collections.abc import Callable

from svc_payments.sandbox.calls import Call
from svc_payments.sandbox.objects import (
    accounts,
    balance,
    charges,
    customers,
    disputes,
    events,
    intents,
    methods,
    refunds,
    sessions,
    setups,
    transfers,
)
from svc_payments.sandbox.store import Thing

Answerer = Callable[[Call], Thing]

ROUTES: dict[tuple[str, str], Answerer] = {
    ("POST", "/v1/account_links"): accounts.create_link,
    ("POST", "/v1/accounts"): accounts.create,
    ("GET", "/v1/accounts/<id>"): accounts.retrieve,
    ("GET", "/v1/balance"): balance.retrieve,
    ("GET", "/v1/balance_transactions"): charges.list_movements,
    ("GET", "/v1/balance_transactions/<id>"): charges.retrieve_movement,
    ("GET", "/v1/charges"): charges.list_,
    ("GET", "/v1/charges/<id>"): charges.retrieve,
    ("POST", "/v1/checkout/sessions"): sessions.create,
    ("GET", "/v1/checkout/sessions"): sessions.list_,
    ("GET", "/v1/checkout/sessions/<id>"): sessions.retrieve,
    ("POST", "/v1/checkout/sessions/<id>/expire"): sessions.expire,
    ("POST", "/v1/customers"): customers.create,
    ("GET", "/v1/customers/<id>"): customers.retrieve,
    ("GET", "/v1/disputes"): disputes.list_,
    ("GET", "/v1/disputes/<id>"): disputes.retrieve,
    ("GET", "/v1/events"): events.list_,
    ("GET", "/v1/events/<id>"): events.retrieve,
    ("POST", "/v1/payment_intents"): intents.create,
    ("GET", "/v1/payment_intents"): intents.list_,
    ("GET", "/v1/payment_intents/<id>"): intents.retrieve,
    ("POST", "/v1/payment_intents/<id>/cancel"): intents.cancel,
    ("GET", "/v1/payment_methods"): methods.list_,
    ("GET", "/v1/payment_methods/<id>"): methods.retrieve,
    ("POST", "/v1/payment_methods/<id>/detach"): methods.detach,
    ("POST", "/v1/refunds"): refunds.create,
    ("GET", "/v1/refunds"): refunds.list_,
    ("GET", "/v1/refunds/<id>"): refunds.retrieve,
    ("GET", "/v1/setup_intents/<id>"): setups.retrieve,
    ("POST", "/v1/transfers"): transfers.create,
    ("GET", "/v1/transfers"): transfers.list_,
    ("GET", "/v1/transfers/<id>"): transfers.retrieve,
    ("GET", "/v1/transfers/<id>/reversals"): transfers.list_reversals,
    ("POST", "/v1/transfers/<id>/reversals"): transfers.create_reversal,
}
