"""Customers: whom cards are saved for."""

from __future__ import annotations

from svc_payments.sandbox.calls import Call
from svc_payments.sandbox.events import emit
from svc_payments.sandbox.store import Thing


def create(call: Call) -> Thing:
    """Make a customer."""
    made = call.store.add(
        "customer",
        address=None,
        balance=0,
        currency=None,
        default_source=None,
        delinquent=False,
        description=None,
        discount=None,
        email=None,
        invoice_prefix=None,
        metadata=call.params.metadata(),
        name=None,
        phone=None,
        preferred_locales=[],
        shipping=None,
        tax_exempt="none",
        test_clock=None,
    )
    emit(call.store, "customer.created", made)
    return made


def retrieve(call: Call) -> Thing:
    """Return a customer."""
    return call.store.get("customer", call.ids[0])
