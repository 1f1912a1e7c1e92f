"""Transfers to connected accounts, and their reversals."""

from __future__ import annotations

from svc_payments.sandbox.calls import Call, currency_of
from svc_payments.sandbox.events import emit
from svc_payments.sandbox.lists import enclosed, page
from svc_payments.sandbox.objects.balance import held, move
from svc_payments.sandbox.refusals import Refusal, wrong
from svc_payments.sandbox.store import Store, Thing


def create(call: Call) -> Thing:
    """Send money to an account."""
    store, params = call.store, call.params
    amount, currency = params.needed_number("amount"), currency_of(params)
    account = store.get("account", params.needed("destination"))
    group, description, metadata = params.text("transfer_group"), params.text("description"), params.metadata()
    if amount < 1:
        raise wrong("amount", "This value must be greater than or equal to 1.", "parameter_invalid_integer")
    if account["capabilities"]["transfers"] != "active":
        raise Refusal(
            "Your destination account needs to have at least one of the following capabilities enabled: transfers.",
            code="insufficient_capabilities_for_transfer",
        )
    if held(store, currency) < amount:
        raise Refusal("You have insufficient available funds in your Stripe account.", code="balance_insufficient")
    made = store.add(
        "transfer",
        amount=amount,
        amount_reversed=0,
        balance_transaction=None,
        currency=currency,
        description=description,
        destination=account["id"],
        destination_payment=None,
        metadata=metadata,
        reversed=False,
        source_transaction=None,
        source_type="card",
        transfer_group=group,
    )
    moved = move(store, kind="transfer", source=made["id"], amount=-amount, currency=currency)
    made["balance_transaction"] = moved["id"]
    made["reversals"] = enclosed(store, "transfer_reversal", f"/v1/transfers/{made['id']}/reversals", transfer="")
    emit(store, "transfer.created", store.put(made))
    return made


def reverse(store: Store, transfer: Thing, amount: int | None, metadata: dict[str, str]) -> Thing:
    """Take a transfer's money back from the account, all of it or a part."""
    left = transfer["amount"] - transfer["amount_reversed"]
    amount = left if amount is None else amount
    if not 0 < amount <= left:
        raise wrong("amount", f"The transfer can be reversed by at most {left}.")
    made = store.add(
        "transfer_reversal",
        amount=amount,
        balance_transaction=None,
        currency=transfer["currency"],
        destination_payment_refund=None,
        metadata=metadata,
        source_refund=None,
        transfer=transfer["id"],
    )
    made.pop("livemode")
    moved = move(store, kind="transfer_cancel", source=made["id"], amount=amount, currency=transfer["currency"])
    made["balance_transaction"] = moved["id"]
    store.put(made)
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    url = f"/v1/transfers/{transfer['id']}/reversals"
    transfer["reversals"] = enclosed(store, "transfer_reversal", url, transfer=transfer["id"])
    emit(store, "transfer.reversed", store.put(transfer))
    return made


def create_reversal(call: Call) -> Thing:
    """Reverse a transfer."""
    transfer = call.store.get("transfer", call.ids[0])
    return reverse(call.store, transfer, call.params.number("amount"), call.params.metadata())


def list_reversals(call: Call) -> Thing:
    """Return the reversals of a transfer."""
    url = f"/v1/transfers/{call.ids[0]}/reversals"
    return page(call, "transfer_reversal", url, {"transfer": call.store.get("transfer", call.ids[0])["id"]})


def retrieve(call: Call) -> Thing:
    """Return a transfer."""
    return call.store.get("transfer", call.ids[0])


def list_(call: Call) -> Thing:
    """Return transfers."""
    fields = {name: call.params.text(name) for name in ("destination", "transfer_group")}
    return page(call, "transfer", "/v1/transfers", fields)
