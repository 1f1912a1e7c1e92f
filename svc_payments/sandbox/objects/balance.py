"""What the platform has at the provider, and each movement of it. Everything is available at once here."""

from __future__ import annotations

from svc_payments.sandbox.calls import Call
from svc_payments.sandbox.store import Store, Thing

#: A platform that has money of its own there, so that fees do not make payouts fail.
_FIRST = 1_000_000_00


def fee_of(amount: int) -> int:
    """Return what a charge costs: 1.5 % and 25 minor units."""
    return (amount * 150 + 5000) // 10_000 + 25


def move(store: Store, *, kind: str, source: str, amount: int, currency: str, fee: int = 0) -> Thing:
    """Write a balance transaction, and return it."""
    now = store.add(
        "balance_transaction",
        amount=amount,
        balance_type="payments",
        currency=currency,
        description=None,
        exchange_rate=None,
        fee=fee,
        fee_details=[
            {
                "amount": fee,
                "application": None,
                "currency": currency,
                "description": "Stripe processing fees",
                "type": "stripe_fee",
            }
        ]
        if fee
        else [],
        net=amount - fee,
        reporting_category="dispute" if kind == "adjustment" else kind,
        source=source,
        status="available",
        type=kind,
    )
    now.pop("livemode")
    now["available_on"] = now["created"]
    store.put(now)
    put_held(store, currency, held(store, currency) + amount - fee)
    return now


def held(store: Store, currency: str) -> int:
    """Return what is there of a currency."""
    found = store.rows("SELECT amount FROM balances WHERE currency = ?", currency)
    return found[0]["amount"] if found else _FIRST


def put_held(store: Store, currency: str, amount: int) -> None:
    """Write what is there of a currency."""
    store.run("INSERT OR REPLACE INTO balances (currency, amount) VALUES (?, ?)", currency, amount)


def retrieve(call: Call) -> Thing:
    """Return the balance."""
    found = call.store.rows("SELECT currency, amount FROM balances ORDER BY currency")
    available = [
        {"amount": row["amount"], "currency": row["currency"], "source_types": {"card": row["amount"]}} for row in found
    ]
    pending = [{"amount": 0, "currency": row["currency"], "source_types": {"card": 0}} for row in found]
    return {"object": "balance", "available": available, "pending": pending, "livemode": False}
